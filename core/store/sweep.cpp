#include <bgraph/core/store/sweep.h>

#include <bgraph/core/store/temporary.h>
#include <bgraph/sdk/contract/error.h>

#include <system_error>

namespace bgraph::store {

namespace fs = std::filesystem;

void sweep(const Store& store) {
  std::error_code none;
  try {
    sweep_dead(store.temporary_root());
    for (const auto& entry : fs::directory_iterator(store.root() / "unfinished", none))
      if (const std::string key = entry.path().filename(); key.size() > 2 && store.find(key)) fs::remove_all(entry.path(), none);
  } catch (const Error&) {
  }
}

}  // namespace bgraph::store

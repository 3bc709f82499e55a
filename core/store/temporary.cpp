#include <bgraph/core/store/temporary.h>

#include <bgraph/core/store/durable.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <vector>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

constexpr char kOwner[] = ".owner";

// Held shared while a folder is being made and exclusively while sweeping, so that a sweeper never
// meets a folder that is there but not yet locked.
constexpr char kGate[] = ".gate";

}  // namespace

TemporaryFolder::TemporaryFolder(const fs::path& parent, const std::string& label) {
  static std::atomic<int> counter{0};
  std::string name = label;  // "cell/node" must not become a folder in a folder
  std::replace(name.begin(), name.end(), '/', '.');
  path_ = parent / (name + "-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
  const FileLock gate = FileLock::wait(parent / kGate, true);
  std::error_code problem;
  fs::remove_all(path_, problem);  // a dead process of the same id may have left it
  fs::create_directories(path_, problem);
  if (problem) fail_writing(path_, problem.value());
  owner_ = FileLock::attempt(path_ / kOwner);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

int sweep_dead(const fs::path& parent) {
  if (!fs::is_directory(parent)) return 0;
  const FileLock gate = FileLock::wait(parent / kGate);
  std::vector<fs::path> dead;
  for (const auto& entry : fs::directory_iterator(parent))
    if (entry.is_directory() && FileLock::attempt(entry.path() / kOwner)) dead.push_back(entry.path());
  for (const auto& folder : dead) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  return static_cast<int>(dead.size());
}

}  // namespace bgraph::store

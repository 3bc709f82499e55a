// Every window there is: each call of a publication fails, or the process dies in it, one after the other.
#include "../ended.h"
#include "text_value.h"

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/testing/catch.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

using namespace bgraph;
using namespace bgraph::store;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct Answer {
  int code = 0;  // minus the signal if it was killed
  std::string said;
};

Answer publish_with_fault(const fs::path& folder, int k, int error) {
  const fs::path said = folder / "said.txt";
  const std::string store = folder / "store", call = std::to_string(k), number = std::to_string(error);
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen(said.c_str(), "w", stdout) == nullptr) ::_exit(126);
    ::execl(FAULT_WRITER, FAULT_WRITER, store.c_str(), call.c_str(), number.c_str(), nullptr);
    ::_exit(127);
  }
  const int code = end_of(child);
  return {code, read_text(said)};
}

/// Whatever went wrong: no value or record is there that is not whole.
void check_nothing_half(const fs::path& folder) {
  const Store store(folder / "store");
  for (const auto& digest : store.values()) CHECK(store.verify(digest).empty());
  const std::string key(64, 'a');
  if (fs::exists(store.key_file(key))) CHECK(store.find(key));
}

}  // namespace

TEST_CASE("whichever call fails, publishing says why in one line, loses nothing and works afterwards",
          "[store][fault]") {
  const int error = GENERATE(ENOSPC, EIO, EROFS, EDQUOT, 0);  // 0: killed
  CAPTURE(error);
  int failures = 0;
  bool through = false;
  for (int k = 1; !through; ++k) {
    REQUIRE(k < 200);
    CAPTURE(k);
    const Scratch scratch;
    const Answer answer = publish_with_fault(scratch.path, k, error);
    INFO(answer.said);
    check_nothing_half(scratch.path);
    // Through: fewer calls than k were made. Some failures do not matter: a memo, a temporary folder removed.
    through = answer.code == 0 && std::atoi(answer.said.c_str()) < k;
    if (answer.code != 0) {
      ++failures;
      CHECK(answer.code == (error == 0 ? -SIGKILL : 1));
      if (error != 0) {
        CHECK_THAT(answer.said, ContainsSubstring(scratch.path.string()));
        CHECK_THAT(answer.said, ContainsSubstring(std::strerror(error)));
        CHECK(std::count(answer.said.begin(), answer.said.end(), '\n') == 1);
      }
    }
    const Answer again = publish_with_fault(scratch.path, 0, 0);
    INFO(again.said);
    CHECK(again.code == 0);
    const Store store(scratch.path / "store");
    CHECK(store.find(std::string(64, 'a')));
    CHECK(store.values().size() == 1);
    store.prepare();  // sweeps what the dead have left
    for (const auto& entry : fs::directory_iterator(store.temporary_root())) CHECK_FALSE(entry.is_directory());
  }
  CHECK(failures > 10);
}

TEST_CASE("a value too large for the disk is refused in one sentence and the rest goes on", "[store][fault]") {
  const Scratch scratch;
  const Store store(scratch.path / "store");
  store.prepare();
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);  // else the limit is a signal, not an error
    const rlimit limit{.rlim_cur = 64 << 10, .rlim_max = 64 << 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_durably(store.root() / "keys/aa/large.json", std::string(100'000, 'x'));
    } catch (const std::exception& error) {
      const bool right = std::string(error.what()).find("File too large") != std::string::npos;
      publish_text(store, "small enough");
      ::_exit(right ? 0 : 1);
    }
    ::_exit(2);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(fs::is_empty(store.root() / "keys/aa"));  // no draft is left
  CHECK(store.values().size() == 1);
}

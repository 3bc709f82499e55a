#include "text_value.h"

#include <bgraph/core/store/user_temporary.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

using namespace bgraph;
using namespace bgraph::store;
namespace fs = std::filesystem;

TEST_CASE("a lock is held by one, and free after release", "[store][lock]") {
  Scratch scratch;
  const fs::path file = scratch.path / "locks" / "k";
  auto first = FileLock::attempt(file);
  REQUIRE(first);
  REQUIRE_FALSE(FileLock::attempt(file));
  first->remove_and_release();
  REQUIRE_FALSE(fs::exists(file));
  REQUIRE(FileLock::attempt(file));
}

TEST_CASE("a lock dies with its process", "[store][lock]") {
  Scratch scratch;
  const fs::path file = scratch.path / "k";
  int told[2];
  REQUIRE(::pipe(told) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::attempt(file);
    [[maybe_unused]] const auto count = ::write(told[1], lock ? "+" : "-", 1);
    for (;;) ::pause();
  }
  char answer = 0;
  REQUIRE(::read(told[0], &answer, 1) == 1);
  REQUIRE(answer == '+');
  REQUIRE_FALSE(FileLock::attempt(file));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  REQUIRE(FileLock::attempt(file));
}

TEST_CASE("sharers of a lock do not shut each other out", "[store][lock]") {
  Scratch scratch;
  const FileLock one = FileLock::wait(scratch.path / "k", true);
  const FileLock two = FileLock::wait(scratch.path / "k", true);
  REQUIRE_FALSE(FileLock::attempt(scratch.path / "k"));
}

TEST_CASE("the folder of a living process is not swept, that of a dead one is", "[store][temporary]") {
  Scratch scratch;
  const TemporaryFolder mine(scratch.path / "tmp", "mine");
  const pid_t child = ::fork();
  if (child == 0) {
    const auto* theirs = new TemporaryFolder(scratch.path / "tmp", "theirs");
    ::_exit(fs::exists(theirs->path()) ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  REQUIRE(status == 0);
  REQUIRE(sweep_dead(scratch.path / "tmp") == 1);
  REQUIRE(fs::exists(mine.path()));
  REQUIRE(sweep_dead(scratch.path / "absent") == 0);
}

TEST_CASE("scratch of commands lies in a folder of the user alone, and without one says which variable to set", "[store][temporary]") {
  Scratch scratch;
  // TMPDIR: the system's temporary folder.
  const char* known = std::getenv("TMPDIR");
  const std::string before = known ? known : "";
  ::setenv("TMPDIR", scratch.path.c_str(), 1);
  const fs::path mine = user_temporary();
  ::setenv("TMPDIR", (scratch.path / "absent").c_str(), 1);
  std::string fix;
  try {
    user_temporary();
  } catch (const Error& error) {
    fix = error.fix();
  }
  known ? ::setenv("TMPDIR", before.c_str(), 1) : ::unsetenv("TMPDIR");
  REQUIRE(mine == scratch.path / ("bgraph-" + std::to_string(::getuid())));
  REQUIRE((fs::status(mine).permissions() & fs::perms::all) == fs::perms::owner_all);
  REQUIRE(fix == "set TMPDIR to a folder you may write to");
}

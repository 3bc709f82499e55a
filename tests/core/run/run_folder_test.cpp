#include "run_fixture.h"

#include <bgraph/core/run/run_folder.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/testing/catch.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

using namespace bgraph;
using namespace bgraph::run;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

}  // namespace

TEST_CASE("a run folder is not there before it is whole, then replaces an earlier one whole", "[run][run_folder]") {
  Scratch scratch;
  for (const std::string text : {"first", "second"}) {
    RunFolder folder(scratch.path, "r");
    write(folder.path() / text, text);
    REQUIRE(fs::exists(scratch.path / "r") == (text == "second"));
    folder.publish();
    REQUIRE(store::read_text(scratch.path / "r" / text) == text);
  }
  REQUIRE_FALSE(fs::exists(scratch.path / "r" / "first"));
}

TEST_CASE("what a dead run leaves is swept by the next", "[run][run_folder]") {
  Scratch scratch;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto* folder = new RunFolder(scratch.path, "r");
    write(folder->path() / "half", "half");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  const auto left = [&] {
    int folders = 0;
    for (const auto& entry : fs::directory_iterator(scratch.path / ".unfinished")) folders += entry.is_directory();
    return folders;
  };
  REQUIRE(left() == 1);
  { const RunFolder next(scratch.path, "other"); }
  REQUIRE(left() == 0);
  REQUIRE_FALSE(fs::exists(scratch.path / "r"));
}

TEST_CASE("a name that is no folder name is refused", "[run][run_folder]") {
  Scratch scratch;
  const std::string name = GENERATE("", "..", ".hidden", "a/b");
  REQUIRE_THROWS(RunFolder(scratch.path, name));
}

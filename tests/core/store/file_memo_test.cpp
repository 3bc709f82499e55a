#include "text_value.h"

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/testing/catch.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace bgraph;
using namespace bgraph::store;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

TEST_CASE("a file's digest is remembered until the file changes", "[store][file_memo]") {
  Scratch scratch;
  const FileMemo memo(scratch.path / "memo");
  const fs::path file = scratch.path / "data.bin";
  write(file, "one");
  REQUIRE_FALSE(memo.recall(file));
  memo.remember(file, digest_file(file));
  REQUIRE(memo.recall(file) == digest_file(file));
  SECTION("longer") { write(file, "three"); }
  SECTION("of the same size") {
    ::usleep(20'000);  // more than a tick of the file system's clock
    write(file, "two");
  }
  SECTION("with its old mtime put back") {
    struct stat before {};
    ::stat(file.c_str(), &before);
    ::usleep(20'000);
    write(file, "two");
    const timespec times[2] = {before.st_atim, before.st_mtim};
    ::utimensat(AT_FDCWD, file.c_str(), times, 0);
  }
  SECTION("another file in its place") {
    write(scratch.path / "other", "two");
    fs::rename(scratch.path / "other", file);
  }
  REQUIRE_FALSE(memo.recall(file));
  REQUIRE(memo.digest_of(file) == digest_file(file));
}

TEST_CASE("what changed a moment ago is not remembered", "[store][file_memo]") {
  Scratch scratch;
  const FileMemo memo(scratch.path / "memo");
  write(scratch.path / "f", "new");
  memo.digest_of(scratch.path / "f");
  REQUIRE_FALSE(memo.recall(scratch.path / "f"));
  ::usleep(60'000);
  memo.digest_of(scratch.path / "f");
  REQUIRE(memo.recall(scratch.path / "f"));
}

TEST_CASE("a folder's digest covers names and contents, not where it is or what wrote it first",
          "[store][file_memo]") {
  Scratch scratch;
  const FileMemo memo(scratch.path / "memo");
  write(scratch.path / "p" / "a.txt", "1");
  write(scratch.path / "p" / "sub" / "b.txt", "22");
  write(scratch.path / "q" / "sub" / "b.txt", "22");
  write(scratch.path / "q" / "a.txt", "1");
  const Digest digest = memo.digest_of_folder(scratch.path / "p");
  REQUIRE(memo.digest_of_folder(scratch.path / "q") == digest);
  fs::rename(scratch.path / "q" / "a.txt", scratch.path / "q" / "c.txt");
  REQUIRE(memo.digest_of_folder(scratch.path / "q") != digest);
}

TEST_CASE("a missing file is an error that names it", "[store][file_memo]") {
  Scratch scratch;
  const FileMemo memo(scratch.path / "memo");
  REQUIRE_THROWS_WITH(memo.digest_of(scratch.path / "absent.h5"), ContainsSubstring("absent.h5"));
  REQUIRE_THROWS_WITH(memo.digest_of_folder(scratch.path / "absent"), ContainsSubstring("absent"));
  REQUIRE_THROWS_WITH(memo.digest_of(scratch.path), ContainsSubstring("is a folder"));
}

TEST_CASE("a durable write replaces the file whole and leaves no draft", "[store][durable]") {
  Scratch scratch;
  write_durably(scratch.path / "d" / "f", "first");
  write_durably(scratch.path / "d" / "f", "second");
  REQUIRE(read_text(scratch.path / "d" / "f") == "second");
  REQUIRE(std::distance(fs::directory_iterator(scratch.path / "d"), fs::directory_iterator()) == 1);
}

TEST_CASE("a write to a full disk names path and cause", "[store][durable]") {
  if (!fs::exists("/dev/full")) {
    WARN("skipped: there is no /dev/full here");
    return;
  }
  REQUIRE_THROWS_WITH(append_line("/dev/full", "x"),
                      ContainsSubstring("/dev/full") && ContainsSubstring("No space left"));
}

#include "text_value.h"

#include <bgraph/core/store/file_memo.h>
#include <bgraph/core/store/folder_files.h>
#include <bgraph/sdk/testing/catch.h>

namespace bgraph::store {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("names in braces are filled with parameters, lists in every combination", "[store][folder_files]") {
  const Json params = {{"subjects", {"s1", "s2"}}, {"side", {"lh", "rh"}}, {"k", 3}};
  CHECK(filled_patterns({"{subjects}/{side}.x{k}", "plain", "plain"}, params) ==
        std::vector<std::string>{"plain", "s1/lh.x3", "s1/rh.x3", "s2/lh.x3", "s2/rh.x3"});
  CHECK_THROWS_WITH(filled_patterns({"{nobody}"}, params), ContainsSubstring("names no parameter 'nobody'"));
}

TEST_CASE("a pattern with a condition is there for the values it names alone", "[store][folder_files]") {
  const Json params = {{"space", "func1mm"}, {"regions", {"V1", "V2"}}};
  CHECK(filled_patterns({"{space=func1pt8mm|func1mm}roi/{regions}", "{space=fsaverage}label", "?{regions=V2}x"}, params) ==
        std::vector<std::string>{"?x", "roi/V1", "roi/V2"});
  CHECK_THROWS_WITH(filled_patterns({"{spce=a}x"}, params), ContainsSubstring("names no parameter 'spce'"));
}

TEST_CASE("a pattern that may be missing matches like any other", "[store][folder_files]") {
  const Scratch scratch;
  write(scratch.path / "a/b.txt", "x");
  CHECK(is_optional("?a/*"));
  CHECK(files_matching(scratch.path, "?a/*") == std::vector<fs::path>{"a/b.txt"});
}

TEST_CASE("a star stands for letters of one part of a path, and folders are no files", "[store][folder_files]") {
  const Scratch scratch;
  for (const char* name : {"a/b1.mgh", "a/b2.mgh", "a/c1.mgh", "a/b1.txt", "a/d/b1.mgh", "ab/b1.mgh"}) write(scratch.path / name, "x");
  CHECK(files_matching(scratch.path, "a/b*.mgh") == std::vector<fs::path>{"a/b1.mgh", "a/b2.mgh"});
  CHECK(files_matching(scratch.path, "a*/b1.mgh") == std::vector<fs::path>{"a/b1.mgh", "ab/b1.mgh"});
  CHECK(files_matching(scratch.path, "a/*").size() == 4);
  CHECK(files_matching(scratch.path, "nowhere/*").empty());
}

TEST_CASE("a folder's digest with patterns is that of the files that match, wherever they lie", "[store][folder_files]") {
  const Scratch first, second;
  write(first.path / "in/a.txt", "one"), write(second.path / "in/a.txt", "one"), write(second.path / "out/b.txt", "two");
  const FileMemo memo(first.path / "memo");
  const std::vector<std::string> patterns = {"in/*"};
  const Digest before = memo.digest_of_folder(second.path, patterns);
  CHECK(memo.digest_of_folder(first.path, patterns) == before);
  write(second.path / "out/b.txt", "changed");
  CHECK(memo.digest_of_folder(second.path, patterns) == before);
  write(second.path / "in/c.txt", "new");
  CHECK(memo.digest_of_folder(second.path, patterns) != before);
}

TEST_CASE("a link counts by what it leads to, one that leads nowhere by its name", "[store][folder_files]") {
  const Scratch scratch;
  const fs::path folder = scratch.path / "in", outside = scratch.path / "out";
  write(folder / "a.txt", "one"), write(outside / "b.txt", "two"), write(scratch.path / "copy/a.txt", "one"), write(scratch.path / "copy/b.txt", "two");
  const FileMemo memo(scratch.path / "memo");
  const std::vector<std::string> patterns = GENERATE(std::vector<std::string>{}, std::vector<std::string>{"*.txt"});
  const auto digest = [&] { return memo.digest_of_folder(folder, patterns); };
  const Digest alone = digest();
  fs::create_symlink(outside / "b.txt", folder / "b.txt");
  const Digest linked = digest();
  CHECK(linked == memo.digest_of_folder(scratch.path / "copy", patterns));
  fs::remove(outside / "b.txt");
  CHECK(leads_nowhere(folder / "b.txt"));
  const Digest broken = digest();
  CHECK(broken != linked);
  CHECK(broken != alone);
  write(outside / "b.txt", "");
  CHECK(digest() != broken);  // an empty file is another thing
  fs::remove(folder / "b.txt");
  CHECK(digest() == alone);
  CHECK_FALSE(leads_nowhere(folder / "b.txt"));
}

}  // namespace bgraph::store

#include "../scratch.h"

#include <bgraph/core/registry/find.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace bgraph::registry {

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

const fs::path kPlugins = FAKE_PLUGINS;  // built beside this test: a.so, again.so, bare.so, old.so

/// A folder with the plugins of one test, and everything a search needs.
struct Shelf {
  Scratch scratch;
  Shelf() { fs::create_directories(root / "plugins"); }

  fs::path add(const std::string& plugin, const std::string& as) const {
    fs::copy_file(kPlugins / plugin, root / "plugins" / as);
    return root / "plugins" / as;
  }
  Found find(std::vector<fs::path> named = {}) const {
    return find_plugins({std::move(named), {root / "plugins"}, FAKE_WORKER, root / "cache"});
  }

  const fs::path root = scratch.path;
};

}  // namespace

TEST_CASE("a plugin with note and manifest is found without loading it", "[core][registry][find]") {
  const Shelf shelf;
  const auto file = shelf.add("a.so", "a.so");
  const Found found = shelf.find();
  CHECK(found.rejected.empty());
  CHECK(found.summary().empty());
  const NodeOffer* node = found.catalogue.node_offer("fake.a");
  REQUIRE(node);
  CHECK(node->file == file);
  CHECK(node->plugin == "a");
  CHECK(node->build_id.size() == 40);  // SHA-1 in hex
  CHECK(found.catalogue.node("fake.b") == nullptr);
}

TEST_CASE("two plugins that offer one node are an error naming both", "[core][registry][find]") {
  const Shelf shelf;
  shelf.add("a.so", "a.so");
  shelf.add("again.so", "again.so");
  CHECK_THROWS_WITH(shelf.find(), ContainsSubstring("'fake.a'") && ContainsSubstring("/a.so") &&
                                      ContainsSubstring("/again.so"));
}

TEST_CASE("a plugin met twice through a link counts once", "[core][registry][find]") {
  const Shelf shelf;
  fs::create_symlink(shelf.add("a.so", "a.so"), shelf.root / "plugins/link.so");
  CHECK(shelf.find().accepted.size() == 1);
  CHECK(shelf.find({shelf.root / "plugins/a.so"}).accepted.size() == 1);
}

TEST_CASE("a plugin without a manifest is described once and remembered",
          "[core][registry][describe]") {
  const Shelf shelf;
  shelf.add("bare.so", "bare.so");
  CHECK(shelf.find().catalogue.node("fake.bare"));
  // The same build under a name that would crash is not described again.
  fs::rename(shelf.root / "plugins/bare.so", shelf.root / "plugins/crash.so");
  const Found again = shelf.find();
  CHECK(again.rejected.empty());
  CHECK(again.catalogue.node("fake.bare"));
}

TEST_CASE("a plugin that dies while described is rejected with its signal",
          "[core][registry][describe]") {
  const Shelf shelf;
  shelf.add("a.so", "a.so");
  shelf.add("bare.so", "crash.so");
  const Found found = shelf.find();
  CHECK(found.catalogue.node("fake.a"));
  REQUIRE(found.rejected.size() == 1);
  CHECK_THAT(found.rejected[0].reason, ContainsSubstring("signal 6"));
  CHECK(found.summary() == "1 of 2 plugins rejected: crash.so (reasons: bgraph doctor)");
}

TEST_CASE("a description that fails or is no manifest is a reason", "[core][registry][describe]") {
  const Shelf shelf;
  shelf.add("bare.so", "fail.so");
  CHECK_THAT(shelf.find().rejected.at(0).reason,
             ContainsSubstring("code 1: error: no such symbol"));
  fs::rename(shelf.root / "plugins/fail.so", shelf.root / "plugins/nonsense.so");
  CHECK_THAT(shelf.find().rejected.at(0).reason, ContainsSubstring("not JSON"));
  fs::rename(shelf.root / "plugins/nonsense.so", shelf.root / "plugins/sound.so");
  CHECK(shelf.find().catalogue.node("fake.sound"));  // nonsense was not remembered
}

TEST_CASE("a plugin built for something else is rejected by field", "[core][registry][gate]") {
  const Shelf shelf;
  shelf.add("old.so", "old.so");
  const Found found = shelf.find();
  REQUIRE(found.rejected.size() == 1);
  CHECK_THAT(found.rejected[0].reason,
             ContainsSubstring("LibTorch is '0.4', this bgraph has '1.0'"));
}

TEST_CASE("text, cut-off libraries and libraries without a note are rejected",
          "[core][registry][gate]") {
  const Shelf shelf;
  std::ofstream(shelf.root / "plugins/text.so") << "not a library";
  std::ofstream(shelf.root / "plugins/empty.so");
  const auto cut = shelf.add("a.so", "cut.so");
  fs::resize_file(cut, fs::file_size(cut) / 2);
  shelf.add("noteless.so", "noteless.so");
  std::ofstream(shelf.root / "plugins/README") << "not looked at";
  const Found found = shelf.find();
  CHECK(found.accepted.empty());
  REQUIRE(found.rejected.size() == 4);
  CHECK_THAT(found.rejected[0].reason, ContainsSubstring("truncated"));  // cut.so
  CHECK_THAT(found.rejected[1].reason, ContainsSubstring("empty"));
  CHECK_THAT(found.rejected[2].reason, ContainsSubstring("carries no bgraph note"));
}

TEST_CASE("a type of the source tree whose plugin was rejected is known, with what to do", "[core][registry][find]") {
  const Shelf shelf;
  shelf.add("old.so", "fake.old.so");
  std::ofstream(shelf.root / "plugins/declared.json")
      << R"({"fake.old": {"nodes": ["fake.node"], "components": ["fake.part"], "names": []}})";
  const Found found = shelf.find();
  CHECK(found.catalogue.advice("fake.node") ==
        "its plugin is not built for this bgraph: ./bgraph build fake.old");
  CHECK(found.catalogue.component_advice("fake.prt") == "did you mean 'fake.part'?");
}

TEST_CASE("of many rejected plugins the summary names three", "[core][registry][find]") {
  const Shelf shelf;
  for (const char* name : {"a.so", "b.so", "c.so", "d.so", "e.so"}) shelf.add("old.so", name);
  CHECK(shelf.find().summary() == "5 of 5 plugins rejected: a.so, b.so, c.so and 2 more (reasons: bgraph doctor)");
}

TEST_CASE("cutting a plugin anywhere never crashes the search", "[core][registry][gate]") {
  const Shelf shelf;
  const auto file = shelf.add("a.so", "a.so");
  const auto size = fs::file_size(file);
  for (auto length = size - 1; length > size / 50; length -= size / 50) {
    fs::resize_file(file, length);
    CHECK(shelf.find().rejected.size() == 1);
  }
}

TEST_CASE("what was named on the command line fails loudly", "[core][registry][find]") {
  const Shelf shelf;
  CHECK_THROWS_WITH(shelf.find({shelf.root / "nowhere"}), ContainsSubstring("does not exist"));
  fs::create_directories(shelf.root / "mine");
  fs::copy_file(kPlugins / "old.so", shelf.root / "mine/old.so");
  CHECK_THROWS_WITH(shelf.find({shelf.root / "mine/old.so"}),
                    ContainsSubstring("LibTorch is '0.4'"));
  CHECK(shelf.find({shelf.root / "mine"}).rejected.size() == 1);  // a folder is only scanned
}

TEST_CASE("without a worker nothing can be compared", "[core][registry][gate]") {
  CHECK_THROWS_WITH(find_plugins({{}, {}, "/nowhere/bgraph-worker", {}}),
                    ContainsSubstring("/nowhere/bgraph-worker"));
}

}  // namespace bgraph::registry

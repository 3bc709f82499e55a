#include <bgraph/core/registry/declared.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

#include "../scratch.h"

#include <fstream>

namespace bgraph::registry {

namespace {

using Names = std::set<std::string>;

/// Four plugins: `fit` names `net`, which names `part`; `part` is built.
void declare(const std::filesystem::path& folder) {
  std::ofstream(folder / "declared.json") << R"({
    "x.fit":  {"nodes": ["x.fit", "x.predict"], "components": [], "names": ["x.net"]},
    "x.net":  {"nodes": [], "components": ["x.net"], "names": ["x.part", "x.fit"]},
    "x.part": {"nodes": [], "components": ["x.part"], "names": ["x.deep"]},
    "x.deep": {"nodes": [], "components": ["x.deep"], "names": []},
    "x.else": {"nodes": ["x.else"], "components": [], "names": []}})";
  std::ofstream(folder / "x.part.so");
}

}  // namespace

TEST_CASE("what a type needs is its plugin and all that those name, without what is built", "[core][registry][declared]") {
  const Scratch scratch;
  declare(scratch.path);
  DeclaredPlugins declared;
  declared.read(scratch.path);
  CHECK(declared.unbuilt({"x.predict"}) == Names{"x.fit", "x.net", "x.deep"});
  CHECK(declared.unbuilt({"x.else", "no type"}) == Names{"x.else"});
  CHECK(declared.unbuilt({}).empty());
  CHECK(declared.unbuilt() == Names{"x.fit", "x.net", "x.deep", "x.else"});
  CHECK(declared.offers("x.predict"));
  CHECK_FALSE(declared.offers("x.fitted"));
  CHECK_FALSE(declared.all_built());
}

TEST_CASE("a folder that declares nothing adds nothing, one that is malformed is an error", "[core][registry][declared]") {
  const Scratch scratch;
  DeclaredPlugins declared;
  declared.read(scratch.path);
  CHECK(declared.plugins().empty());
  CHECK(declared.all_built());
  for (const char* text : {"", "{", "[1]", R"({"x": 1})", R"({"x": {"nodes": [1], "components": [], "names": []}})"}) {
    std::ofstream(scratch.path / "declared.json") << text;
    CHECK_THROWS_AS(declared.read(scratch.path), Error);
  }
}

}  // namespace bgraph::registry

// Plugins that are declared and not built: who has them built, and what is said without a builder.
#include "installed.h"

#include <bgraph/core/cli/building.h>
#include <bgraph/sdk/contract/model_file.h>
#include <bgraph/sdk/contract/safetensors.h>

namespace bgraph::cli {

namespace {

/// Beside fake.a, which is built: `later` offers fake.later and names fake.deep of `deep`; `other` is for nobody.
/// The builder notes what it is asked for.
class BuildTree : public Installed {
 public:
  BuildTree() {
    write("plugins/declared.json", R"({
      "a":     {"nodes": ["fake.a"], "components": [], "names": []},
      "later": {"nodes": ["fake.later"], "components": [], "names": ["fake.deep"]},
      "deep":  {"nodes": ["fake.deep"], "components": [], "names": []},
      "other": {"nodes": ["fake.other"], "components": [], "names": []}})");
    write("builder", "#!/bin/sh\necho \"$@\" >> asked\nshift\nfor plugin; do cp " + std::string(FAKE_PLUGINS) +
                         "/$plugin.so plugins; done\n");
    fs::permissions(root / "builder", fs::perms::owner_all);
    write("g.toml", "[nodes.a]\ntype = \"fake.later\"\n");
  }
  Answer run_building(const std::string& words) const { return run(words, "BGRAPH_BUILDER=./builder"); }
  std::string asked() const { return text_of(root / "asked"); }
};

}  // namespace

TEST_CASE("what a graph names is built once, before the graph is checked", "[core][cli][building]") {
  const BuildTree tree;
  const Answer answer = tree.run_building("check g.toml");
  CHECK(answer.out == "g.toml: right, 1 node\n");
  CHECK(answer.err.empty());
  CHECK(tree.asked() == "build deep later\n");
  CHECK(tree.run_building("check g.toml").code == 0);
  CHECK(tree.asked() == "build deep later\n");
}

TEST_CASE("types come from extends, --set and the graphs of a sweep too", "[core][cli][building]") {
  const BuildTree tree;
  tree.write("h.toml", "extends = \"g.toml\"\n[nodes.b]\ntype = \"fake.a\"\n");
  CHECK(tree.run_building("check h.toml --set b.type=fake.other").code == 0);
  CHECK(tree.asked() == "build deep later other\n");
  const BuildTree sweep;
  sweep.write("s.toml", "[nodes.b]\ntype = \"fake.a\"\n[sweep]\ngraphs = [\"g.toml\"]\n");
  CHECK(sweep.run_building("check s.toml").code == 0);
  CHECK(sweep.asked() == "build deep later\n");
}

TEST_CASE("a type nobody declares is told without building, by the nearest of all types", "[core][cli][building]") {
  const BuildTree tree;
  tree.write("w.toml", "[nodes.a]\ntype = \"fake.othr\"\n");
  const Answer answer = tree.run_building("check w.toml");
  CHECK(answer.code == 2);
  CHECK_THAT(answer.err, ContainsSubstring("no plugin offers the type 'fake.othr'") && ContainsSubstring("did you mean 'fake.other'?"));
  CHECK(tree.asked().empty());
}

TEST_CASE("without a builder a type that is not built says what builds it", "[core][cli][building]") {
  const BuildTree tree;
  const Answer answer = tree.run("check g.toml");
  CHECK(answer.code == 2);
  CHECK_THAT(answer.err, ContainsSubstring("its plugin is not built for this bgraph: ./bgraph build later"));
  CHECK_THAT(tree.run("doctor").out, ContainsSubstring("not built 3 more of the source tree, until a graph names them: deep, later, other"));
}

TEST_CASE("a builder that fails ends the verb", "[core][cli][building]") {
  const BuildTree tree;
  tree.write("builder", "#!/bin/sh\nexit 1\n");
  const Answer answer = tree.run_building("check g.toml");
  CHECK(answer.code == 1);
  CHECK_THAT(answer.err, ContainsSubstring("could not be built"));
}

TEST_CASE("one type is built for its page, all for the list, none for Tab", "[core][cli][building]") {
  const BuildTree tree;
  CHECK(tree.run_building("complete -- inspect fake.o").out == "fake.other\n");
  CHECK(tree.run_building("complete -- run g.toml --only ''").out == "a\n");
  CHECK(tree.asked().empty());
  CHECK(tree.run_building("inspect fake.other").code == 0);
  CHECK(tree.asked() == "build other\n");
  CHECK_THAT(tree.run_building("inspect").out, ContainsSubstring("fake.later") && ContainsSubstring("fake.deep"));
  CHECK(tree.asked() == "build other\nbuild deep later\n");
}

TEST_CASE("a model file names the components of its recipe and of its parts", "[core][cli][building]") {
  const BuildTree tree;
  std::vector<SafetensorsEntry> none;
  const Json recipe = {{"component", "x.outer"}, {"params", {{"component", "no recipe"}}},
                       {"parts", {{"inner", {{"component", "x.inner"}, {"parts", Json::object()}}}}}};
  tree.write("model.safetensors", safetensors_prefix(none, {{kRecipeMetadata, recipe.dump()}}));
  tree.write("plain.safetensors", safetensors_prefix(none, {}));
  tree.write("cut.safetensors", "12");
  CHECK(components_in(tree.root / "model.safetensors") == std::set<std::string>{"x.outer", "x.inner"});
  for (const char* file : {"plain.safetensors", "cut.safetensors", "nowhere.safetensors"})
    CHECK(components_in(tree.root / file).empty());
}

}  // namespace bgraph::cli

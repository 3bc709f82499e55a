#include <bgraph/core/sweep/expand.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

graph::Graph base(const std::string& file = "g.toml") {
  graph::Graph graph{.file = file};
  graph.nodes = {{.name = "c", .type = "t"}, {.name = "low.bit", .type = "t"}};
  return graph;
}

graph::Graph none(const std::filesystem::path&) { throw Error("no file is expected"); }

std::vector<std::string> names(const std::vector<plan::NamedGraph>& cells) {
  std::vector<std::string> names;
  for (const auto& cell : cells) names.push_back(cell.cell);
  return names;
}

}  // namespace

TEST_CASE("axes are crossed, the last fastest, and set their parameters", "[sweep][expand]") {
  auto graph = base();
  graph.sweep = {{{"c.k"}, {{8}, {16}}, {}}, {{"low.bit.lr", "low.bit.name"}, {{0.5, "a/b"}, {1.5, "c"}, {2.5, "d"}}, {}}};
  const auto cells = sweep::expand(graph, "g", none);
  REQUIRE(cells.size() == 6);
  REQUIRE(cells[0].cell == "c.k=8,low.bit.lr=0.5,low.bit.name=a_b");
  REQUIRE(cells[4].cell == "c.k=16,low.bit.lr=1.5,low.bit.name=c");
  REQUIRE(cells[4].graph.nodes[0].params.at("k").value == 16);
  REQUIRE(cells[4].graph.nodes[1].params.at("lr").value == 1.5);
  REQUIRE(cells[4].graph.nodes[1].params.at("name").value == "c");
  REQUIRE(graph.nodes[0].params.empty());
}

TEST_CASE("an axis of files is crossed with the others", "[sweep][expand]") {
  auto graph = base();
  graph.sweep = {{{"c.k"}, {{8}, {16}}, {}}, {{"graphs"}, {{"x/low.toml"}, {"x/both.toml"}}, {}}};
  const auto cells = sweep::expand(graph, "g", [](const std::filesystem::path& file) { return base(file); });
  REQUIRE(names(cells) ==
          std::vector<std::string>{"low,c.k=8", "low,c.k=16", "both,c.k=8", "both,c.k=16"});
  REQUIRE(cells[2].graph.file == "x/both.toml");
}

TEST_CASE("a graph without axes is its only cell, which needs no name", "[sweep][expand]") {
  auto cells = sweep::expand(base(), "g", none);
  REQUIRE(names(cells) == std::vector<std::string>{"g"});
  sweep::arrange(cells);
  REQUIRE(names(cells) == std::vector<std::string>{""});
  REQUIRE(cells[0].graph.is_baseline);
}

TEST_CASE("cells of one name take their folder along", "[sweep][expand]") {
  std::vector<plan::NamedGraph> cells;
  for (const char* file : {"/g/full.toml", "/g/nsd/full.toml", "/g/low.toml"})
    for (auto& cell : sweep::expand(base(file), std::filesystem::path(file).stem().string(), none)) cells.push_back(cell);
  auto twice = cells;
  twice.push_back(cells[2]);
  sweep::arrange(cells);
  REQUIRE(names(cells) == std::vector<std::string>{"g.full", "nsd.full", "low"});
  REQUIRE_THROWS_WITH(sweep::arrange(twice), ContainsSubstring("two cells are called"));
}

TEST_CASE("zipped with graphs, an axis gives each graph its own value", "[sweep][expand]") {
  auto graph = base();
  graph.sweep = {{{"c.k", "graphs"}, {{8, "x/low.toml"}, {16, "x/both.toml"}}, {}}};
  const auto cells = sweep::expand(graph, "g", [](const std::filesystem::path& file) { return base(file); });
  REQUIRE(names(cells) == std::vector<std::string>{"low,c.k=8", "both,c.k=16"});
  REQUIRE(cells[1].graph.nodes[0].params.at("k").value == 16);
}

TEST_CASE("a graph on an axis brings its own axes, but for those it is crossed with", "[sweep][expand]") {
  auto graph = base();
  graph.sweep = {{{"graphs"}, {{"x/low.toml"}, {"x/both.toml"}}, {}}, {{"c.k"}, {{8}}, {}}};
  const auto cells = sweep::expand(graph, "g", [](const std::filesystem::path& file) {
    auto inner = base(file);
    inner.sweep = {{{"c.k"}, {{1}, {2}, {3}}, {}}, {{"low.bit.lr"}, {{0.5}, {0.25}}, {}}, {{"graphs"}, {{"x/low.toml"}}, {}}};
    return inner;
  });
  REQUIRE(names(cells) == std::vector<std::string>{"low,low.bit.lr=0.5,c.k=8", "low,low.bit.lr=0.25,c.k=8",
                                                   "both,low.bit.lr=0.5,c.k=8", "both,low.bit.lr=0.25,c.k=8"});
}

TEST_CASE("listed cells have names and set only what they name", "[sweep][expand]") {
  auto graph = base();
  graph.nodes[0].params["k"].value = 4;
  graph.sweep = {{{"c.k", "low.bit.lr"}, {{8, nullptr}, {nullptr, 0.5}}, {}, {"wide", "slow"}}, {{"c.l"}, {{1}, {2}}, {}}};
  const auto cells = sweep::expand(graph, "g", none);
  REQUIRE(names(cells) == std::vector<std::string>{"wide,c.l=1", "wide,c.l=2", "slow,c.l=1", "slow,c.l=2"});
  REQUIRE(cells[0].graph.nodes[1].params.count("lr") == 0);
  REQUIRE(cells[2].graph.nodes[0].params.at("k").value == 4);
  REQUIRE(cells[2].graph.nodes[1].params.at("lr").value == 0.5);
}

TEST_CASE("seeds repeat every setting; one seed of all comes before the next, the baseline first", "[sweep][expand]") {
  auto graph = base();
  graph.baseline = "c.k=16";
  graph.sweep = {{{"c.k"}, {{8}, {16}, {32}}, {}}, {{"seeds"}, {{5}, {7}}, {}}};
  auto cells = sweep::expand(graph, "g", none);
  sweep::arrange(cells);
  REQUIRE(names(cells) == std::vector<std::string>{"c.k=16,seed=5", "c.k=8,seed=5", "c.k=32,seed=5",
                                                   "c.k=16,seed=7", "c.k=8,seed=7", "c.k=32,seed=7"});
  REQUIRE(cells[4].graph.settings.seed == 7);
  REQUIRE(cells[4].graph.setting == "c.k=8");
  REQUIRE(cells[3].graph.is_baseline);
  REQUIRE_FALSE(cells[4].graph.is_baseline);
  REQUIRE_THROWS_WITH(sweep::arrange(cells, "c.k=17"), ContainsSubstring("none of its cells"));
}

TEST_CASE("a graph that lacks an axis' node is an error", "[sweep][expand]") {
  auto graph = base();
  graph.sweep = {{{"d.k"}, {{8}}, {}}};
  REQUIRE_THROWS_WITH(sweep::expand(graph, "g", none), ContainsSubstring("no node 'd'"));
}

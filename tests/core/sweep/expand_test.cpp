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
  sweep::make_unique(cells);
  REQUIRE(names(cells) == std::vector<std::string>{""});
}

TEST_CASE("cells of one name take their folder along", "[sweep][expand]") {
  std::vector<plan::NamedGraph> cells = {{"full", base("/g/full.toml")}, {"full", base("/g/nsd/full.toml")}, {"low", base("/g/low.toml")}};
  sweep::make_unique(cells);
  REQUIRE(names(cells) == std::vector<std::string>{"g.full", "nsd.full", "low"});
  cells = {{"full", base("/g/full.toml")}, {"full", base("/g/full.toml")}};
  REQUIRE_THROWS_WITH(sweep::make_unique(cells), ContainsSubstring("two cells"));
}

TEST_CASE("a graph that lacks an axis' node is an error", "[sweep][expand]") {
  auto graph = base();
  graph.sweep = {{{"d.k"}, {{8}}, {}}};
  REQUIRE_THROWS_WITH(sweep::expand(graph, "g", none), ContainsSubstring("no node 'd'"));
}

#include <bgraph/core/graph/draw.h>
#include <bgraph/core/graph/layers.h>
#include <bgraph/core/graph/layout.h>
#include <bgraph/core/graph/write.h>
#include <bgraph/sdk/testing/catch.h>

#include <algorithm>
#include <random>
#include <set>

#include "fixture.h"

namespace bgraph::graph {

namespace {

using Catch::Matchers::ContainsSubstring;

const std::string kGraph = R"([graph]
title = "Seen < decoded & \"scored\""
[nodes.data]
type = "io.toy_brains"
[nodes.encoder]
type = "encoding.train"
epochs = 5
inputs = { images = "data.images", betas = "data.train" }
[nodes.clusters]
type = "clusters.gmm"
inputs = { voxels = "encoder.voxels" }
[nodes.tokens]
type = "features.tokens"
inputs = { images = "data.images" }
[nodes.bit]
type = "decoding.train_bit"
inputs = { betas = "data.train", v2c = "clusters", targets = "tokens" }
)";

Checked example() {
  const ScratchFolder folder;
  Checked checked = load(folder.write("graph.toml", kGraph), fixture_nodes(), {});
  REQUIRE(checked.problems.empty());
  return checked;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

Arrows random_arrows(size_t nodes, size_t wanted, unsigned seed) {
  std::mt19937 random(seed);
  std::set<std::pair<size_t, size_t>> arrows;
  while (arrows.size() < wanted) {
    const size_t a = random() % nodes, b = random() % nodes;
    if (a != b) arrows.insert({std::min(a, b), std::max(a, b)});
  }
  return {arrows.begin(), arrows.end()};
}

}  // namespace

TEST_CASE("the picture has a box per node and a line per pair of connected nodes",
          "[core][graph][draw]") {
  const std::string svg = draw_svg(example().graph);
  CHECK(count(svg, "class=\"bgraph-node\"") == 5);
  CHECK(count(svg, "class=\"bgraph-edge\"") ==
        6);  // two inputs of encoder come from data: one line
  CHECK_THAT(svg, ContainsSubstring("data.images → encoder.images"));
  CHECK_THAT(svg, ContainsSubstring("data.train → encoder.betas"));
  CHECK_THAT(svg, ContainsSubstring("epochs = 5"));
}

TEST_CASE("the picture stands alone and escapes what the graph says", "[core][graph][draw]") {
  const std::string svg = draw_svg(example().graph);
  CHECK(svg.starts_with("<svg "));
  CHECK_THAT(svg, ContainsSubstring("Seen &lt; decoded &amp; &quot;scored&quot;"));
  CHECK(count(svg, "http") == 1);  // its own namespace, nothing to fetch
}

TEST_CASE("times and outcomes of a run stand in the boxes", "[core][graph][draw]") {
  const Happenings happened = {{"data", {Outcome::cached, 0}},
                               {"encoder", {Outcome::computed, 4.26}},
                               {"clusters", {Outcome::computed, 300}},
                               {"bit", {Outcome::failed, 12}},
                               {"tokens", {Outcome::skipped, 0}}};
  const std::string svg = draw_svg(example().graph, happened);
  for (const char* text : {">4.3 s<", ">5 min<", ">12 s<", ">cached<", ">failed<", ">not run<"})
    CHECK_THAT(svg, ContainsSubstring(text));
  CHECK(count(draw_svg(example().graph), "cached") == 0);
}

TEST_CASE("the same graph gives the same picture", "[core][graph][draw]") {
  CHECK(draw_svg(example().graph).size() > 1000);
  const auto once = example(), again = example();
  CHECK(draw_svg(once.graph) == draw_svg(again.graph));
}

TEST_CASE("two folders of one graph never share a colour", "[core][graph][draw]") {
  Graph graph;
  for (const char* folder :
       {"io", "voxels", "encoding", "clusters", "tokens", "decoding", "features", "inversion",
        "diffusion", "metrics", "analysis", "figures"})
    graph.nodes.push_back({.name = folder, .type = std::string(folder) + ".node"});
  std::set<std::string> colours;
  for (const auto& [folder, colour] : folder_colours(graph)) colours.insert(colour);
  CHECK(colours.size() == 12);
}

TEST_CASE("DOT and Mermaid name every node and every edge", "[core][graph][draw]") {
  const auto checked = example();
  const std::string dot = draw_dot(checked.graph), mermaid = draw_mermaid(checked.graph);
  CHECK_THAT(dot, ContainsSubstring("\"data\" -> \"encoder\" [label=\"betas\""));
  CHECK(count(dot, " -> \"") == 7);
  CHECK_THAT(dot, ContainsSubstring("label=\"Seen < decoded & \\\"scored\\\"\""));
  CHECK_THAT(mermaid, ContainsSubstring("n0 -->|betas| n1"));
  CHECK(count(mermaid, "-->") == 7);
}

TEST_CASE("boxes of a random graph do not touch, and arrows point down", "[core][graph][layout]") {
  for (const unsigned seed : {1u, 2u, 3u}) {
    const size_t nodes = 30;
    const Arrows arrows = random_arrows(nodes, 50, seed);
    std::vector<double> widths;
    for (size_t i = 0; i < nodes; ++i) widths.push_back(100 + 7.0 * static_cast<double>(i % 11));
    const Layout layout = lay_out(widths, 40, arrows);
    for (size_t a = 0; a < nodes; ++a)
      for (size_t b = a + 1; b < nodes; ++b) {
        const Box &one = layout.boxes[a], &two = layout.boxes[b];
        const bool apart =
            one.y != two.y || one.x + one.width < two.x + 1e-6 || two.x + two.width < one.x + 1e-6;
        REQUIRE(apart);
      }
    for (size_t i = 0; i < arrows.size(); ++i) {
      const auto& route = layout.routes[i];
      REQUIRE(route.front().y < route.back().y);
      REQUIRE(route.back().y == layout.boxes[arrows[i].second].y);
      for (const auto& point : route) REQUIRE((point.x > 0 && point.x < layout.width));
    }
  }
}

TEST_CASE("a tree is drawn without crossings", "[core][graph][layout]") {
  // Children in an order that crosses unless rows are sorted: 0 -> {1, 2}, 1 -> {4, 6}, 2 -> {3, 5}.
  Layers layers = make_layers(7, {{0, 1}, {0, 2}, {1, 4}, {1, 6}, {2, 3}, {2, 5}});
  CHECK(crossings(layers) > 0);
  order_rows(layers);
  CHECK(crossings(layers) == 0);
}

TEST_CASE("sorting rows never adds crossings", "[core][graph][layout]") {
  for (const unsigned seed : {4u, 5u, 6u, 7u}) {
    Layers layers = make_layers(25, random_arrows(25, 45, seed));
    const size_t before = crossings(layers);
    order_rows(layers);
    CHECK(crossings(layers) <= before);
  }
}

TEST_CASE("long lines of one source share their way", "[core][graph][layout]") {
  // 0 feeds the whole chain 0 -> 1 -> 2 -> 3 -> 4: two dummies, not three.
  const Layers layers = make_layers(5, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 3}, {0, 4}});
  CHECK(layers.row_of.size() == 5 + 3);
}

TEST_CASE("an empty graph has a picture too", "[core][graph][draw]") {
  CHECK_THAT(draw_svg(Graph{}), ContainsSubstring("</svg>"));
}

TEST_CASE("a resolved graph reads the same again, wherever it is kept", "[core][graph][write]") {
  const ScratchFolder folder, elsewhere;
  folder.write("subj01.h5", "x");
  folder.write("part.toml",
               "[inputs]\nbetas = \"responses\"\n[nodes.zscored]\ntype = \"voxels.zscore\"\n"
               "inputs = { betas = \"inputs.betas\" }\n");
  folder.write("base.toml", kGraph);
  const auto file = folder.write("graph.toml", R"(extends = "base.toml"
[nodes.file]
type = "io.betas_file"
file = "subj01.h5"
sessions = [1, 2]
[parts.one]
file = "part.toml"
inputs = { betas = "file" }
[sweep]
clusters.k = [8, 16]
)");
  const Checked first = load(file, fixture_nodes(), {.sets = {"encoder.lr=1e-5"}});
  REQUIRE(first.problems.empty());
  const std::string text = write_resolved(first);
  CHECK_THAT(text, ContainsSubstring("lr = 1e-05"));
  CHECK_THAT(text, ContainsSubstring("# --set encoder.lr=1e-5"));
  const Checked again = load(elsewhere.write("graph.toml", text), fixture_nodes(), {});
  INFO(spell(again.problems, again.sources));
  REQUIRE(again.problems.empty());
  REQUIRE(again.graph.nodes.size() == first.graph.nodes.size());
  for (const auto& node : first.graph.nodes) {
    const Node* same = again.graph.find(node.name);
    REQUIRE(same);
    CHECK(same->type == node.type);
    for (const auto& [name, param] : node.params) CHECK(same->params.at(name).value == param.value);
    for (const auto& [port, refs] : node.inputs)
      for (size_t i = 0; i < refs.size(); ++i) {
        CHECK(same->inputs.at(port).at(i).node == refs[i].node);
        CHECK(same->inputs.at(port).at(i).port == refs[i].port);
      }
  }
  CHECK(again.graph.settings.title == first.graph.settings.title);
  CHECK(again.graph.sweep.at(0).cells == first.graph.sweep.at(0).cells);
}

}  // namespace bgraph::graph

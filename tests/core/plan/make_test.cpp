#include "../scratch.h"

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

#include <fstream>

using namespace bgraph;
using namespace bgraph::plan;

namespace {

/// A store of its own and node types a.make (draws), a.join (port `in`); both with parameters k and log.
struct World {
  Scratch scratch;
  store::Store store{scratch.path / "store"};
  registry::Catalogue catalogue;

  World() {
    store.prepare();
    rebuild("b1");
  }

  void rebuild(const std::string& build_id, const std::string& semantic_version = "") {
    Manifest manifest{.plugin = "a", .version = "1", .semantic_version = semantic_version};
    for (const char* type : {"a.make", "a.join"}) {
      NodeSpec spec{.type = type};
      spec.outputs = {{.name = "out", .type = "Text"}};
      spec.params = {{.name = "k", .kind = ParamKind::integer, .fallback = 64},
                     {.name = "log", .kind = ParamKind::text, .fallback = "", .operational = true}};
      if (spec.type == "a.join") spec.inputs = {{.name = "in", .type = "Text", .list = true}};
      spec.draws = spec.type == "a.make";
      manifest.nodes.push_back(spec);
    }
    catalogue = {};
    catalogue.add(manifest, "a.so", build_id);
  }

  Plan plan(const graph::Graph& graph) const { return make({{"", graph}}, catalogue, store, {}); }

  /// As if the step had run in `seconds`, with this text as its output.
  void finish(Plan& plan, const std::string& name, const std::string& text, const Json& meta = Json::object()) const {
    for (size_t index = 0; index < plan.steps.size(); ++index) {
      Step& step = plan.steps[index];
      if (step.name != name) continue;
      settle(plan, index, store, catalogue);
      store::Publication draft(store, "test");
      std::ofstream(draft.folder() / "text.txt") << text;
      ValueHeader header;
      header.type = "Text";
      header.meta = meta;
      header.files.push_back({"text.txt", static_cast<int64_t>(text.size()), digest_file(draft.folder() / "text.txt")});
      store.publish({.key = step.key, .type = step.offer->spec.type, .node = step.node, .preimage = step.preimage,
                      .outputs = {{"out", draft.publish(header)}}, .build_id = step.offer->build_id, .seconds = 2, .peak_mib = 64,
                      .input_size = step.input_size});
      settle(plan, index, store, catalogue);
    }
  }
};

graph::Node node(const std::string& name, const std::string& type, const Json& params = Json::object(),
                 const std::vector<std::string>& reads = {}) {
  graph::Node node{.name = name, .type = type};
  for (const auto& [key, value] : params.items()) node.params[key].value = value;
  for (const auto& source : reads) node.inputs["in"].push_back({source, "out", {}});
  return node;
}

graph::Graph chain(const Json& params = Json::object()) {
  graph::Graph graph{.file = "g.toml"};
  graph.nodes = {node("end", "a.join", {}, {"mid"}), node("mid", "a.join", params, {"first"}),
                 node("first", "a.make")};
  return graph;
}

const Step& step(const Plan& plan, const std::string& name) {
  for (const auto& step : plan.steps)
    if (step.name == name) return step;
  throw Error("no step '" + name + "'");
}

}  // namespace

TEST_CASE("with an empty store the sources run and the rest waits for them", "[plan][make]") {
  World world;
  const Plan plan = world.plan(chain());
  REQUIRE(plan.steps[0].name == "first");
  REQUIRE(plan.steps[0].state == State::run);
  REQUIRE(plan.steps[0].why == "no earlier run");
  REQUIRE(step(plan, "mid").state == State::after);
  REQUIRE(step(plan, "mid").why == "after first");
  REQUIRE(step(plan, "end").key.empty());
}

TEST_CASE("what has run is a hit, and a change is named where it takes effect", "[plan][make]") {
  World world;
  Plan first = world.plan(chain());
  for (const char* name : {"first", "mid", "end"}) world.finish(first, name, name);
  REQUIRE(world.plan(chain()).count(State::hit) == 3);

  const Plan changed = world.plan(chain({{"k", 128}}));
  REQUIRE(step(changed, "first").state == State::hit);
  REQUIRE(step(changed, "mid").state == State::run);
  REQUIRE(step(changed, "mid").why == "parameter k: 64 -> 128");
  REQUIRE(step(changed, "mid").changes.size() == 1);
  REQUIRE(step(changed, "mid").changes[0].field == "params.k");
  REQUIRE(step(changed, "mid").changes[0].before == 64);
  REQUIRE(step(changed, "mid").changes[0].now == 128);
  REQUIRE(step(changed, "mid").cost_s == 2);
  REQUIRE(step(changed, "mid").peak_mib == 64);
  REQUIRE(step(changed, "end").foretold);
  REQUIRE(step(changed, "end").why == "after mid");

  world.rebuild("b2");
  REQUIRE(step(world.plan(chain()), "first").why == "plugin a rebuilt");
}

TEST_CASE("a node whose inputs grew is foretold to take more, by its runs with these parameters", "[plan][make]") {
  World world;
  Plan first = world.plan(chain());
  for (const auto& [name, text] : {std::pair{"first", "12345"}, {"mid", "m"}}) world.finish(first, name, text);
  graph::Graph larger = chain();
  larger.nodes[2].params["k"].value = 8;  // of `first`
  Plan second = world.plan(larger);
  REQUIRE(step(second, "mid").cost_s == 2);  // its inputs are not known yet
  REQUIRE(step(second, "mid").foretold_by.empty());
  world.finish(second, "first", "123456789012345");
  const Plan third = world.plan(larger);
  const Step& mid = step(third, "mid");
  REQUIRE(mid.cost_s == Approx(6));
  REQUIRE(mid.foretold_by.ends_with(" MiB of inputs, now 1.43e-05"));

  larger.nodes[1].params["k"].value = 9;  // no run of these parameters: those of the nearest
  REQUIRE(step(world.plan(larger), "mid").cost_s == Approx(6));
}

TEST_CASE("a cached recipe counts only while its components are the same builds", "[plan][components]") {
  World world;
  const auto offer = [&](const std::string& build_id) {
    Manifest manifest{.plugin = "c", .version = "1", .components = {{.type = "c.net", .interface = "Predictor"}}};
    world.rebuild("b1");
    world.catalogue.add(manifest, "c.so", build_id);
  };
  const Json recipe = {{"recipe", {{"component", "c.outer"}, {"build_id", "gone"},
                                   {"parts", {{"net", {{"component", "c.net"}, {"build_id", "n1"}}}}}}}};
  offer("n1");
  Plan first = world.plan(chain());
  world.finish(first, "first", "weights", recipe);
  REQUIRE(step(world.plan(chain()), "first").state == State::hit);
  offer("n2");
  const Plan plan = world.plan(chain());
  REQUIRE(step(plan, "first").state == State::run);
  REQUIRE(step(plan, "first").why == "component c.net rebuilt");
  REQUIRE(step(plan, "mid").why == "after first");
}

TEST_CASE("names, file, default values given in full and operational parameters change no key", "[plan][make]") {
  World world;
  Plan first = world.plan(chain());
  for (const char* name : {"first", "mid", "end"}) world.finish(first, name, name);
  graph::Graph other = chain({{"k", 64}, {"log", "loud"}});
  other.file = "elsewhere.toml";
  other.nodes[2].name = "renamed";
  other.nodes[1].inputs["in"][0].node = "renamed";
  std::swap(other.nodes[0], other.nodes[2]);
  REQUIRE(world.plan(other).count(State::hit) == 3);
}

TEST_CASE("the seed changes only what draws", "[plan][make]") {
  World world;
  Plan first = world.plan(chain());
  for (const char* name : {"first", "mid", "end"}) world.finish(first, name, name);
  graph::Graph seeded = chain();
  seeded.settings.seed = 5;
  const Plan plan = world.plan(seeded);
  REQUIRE(step(plan, "first").why == "seed: 0 -> 5");
  Plan same_bytes = plan;
  world.finish(same_bytes, "first", "first");  // gives what it gave before
  for (size_t index = 0; index < same_bytes.steps.size(); ++index) settle(same_bytes, index, world.store, world.catalogue);
  REQUIRE(same_bytes.count(State::hit) == 3);
}

TEST_CASE("the longest remaining chain comes first", "[plan][order]") {
  World world;
  graph::Graph graph{.file = "g.toml"};
  graph.nodes = {node("short", "a.make", {{"k", 1}}), node("long", "a.make", {{"k", 2}}),
                 node("next", "a.join", {}, {"long"}), node("last", "a.join", {{"k", 3}}, {"next", "short"})};
  const Plan plan = world.plan(graph);
  std::vector<std::string> order;
  for (const auto& step : plan.steps) order.push_back(step.name);
  // `short` and `next` have as much before them: the order of the file decides.
  REQUIRE(order == std::vector<std::string>{"long", "short", "next", "last"});
  REQUIRE(plan.steps[0].path_s == 3);
  REQUIRE(plan.needs(3) == std::vector<size_t>{1, 2});
}

TEST_CASE("graphs in one plan share equal work under one name", "[plan][make]") {
  World world;
  const Plan plan =
      make({{"p", chain()}, {"q", chain({{"k", 8}})}, {"r", chain()}}, world.catalogue, world.store, {});
  REQUIRE(plan.steps.size() == 5);
  REQUIRE(plan.cells[0].steps == plan.cells[2].steps);
  REQUIRE(plan.cells[0].steps.at("first") == plan.cells[1].steps.at("first"));
  REQUIRE(step(plan, "first").node == "first");
  REQUIRE(step(plan, "q/mid").node == "mid");
}

TEST_CASE("a type no plugin offers is an error", "[plan][make]") {
  World world;
  graph::Graph graph{.file = "g.toml"};
  graph.nodes = {node("n", "a.absent")};
  REQUIRE_THROWS_AS(world.plan(graph), Error);
}

TEST_CASE("a promised semantic version keeps results over a rebuild, and the use of it is told", "[plan][make]") {
  World world;
  world.rebuild("b1aaaaaaaa", "2");
  Plan first = world.plan(chain());
  for (const char* name : {"first", "mid", "end"}) world.finish(first, name, name);
  REQUIRE(step(world.plan(chain()), "first").why == "cached");
  world.rebuild("b2bbbbbbbb", "2");
  const Plan rebuilt = world.plan(chain());
  REQUIRE(rebuilt.count(State::hit) == 3);
  REQUIRE(step(rebuilt, "mid").why ==
          "cached under the promise that builds of a 2 agree: made by build b1aaaaaa, now b2bbbbbb");
  world.rebuild("b2bbbbbbbb", "3");
  REQUIRE(step(world.plan(chain()), "first").why == "plugin a rebuilt");
  world.rebuild("b2bbbbbbbb");
  REQUIRE(world.plan(chain()).count(State::hit) == 0);
}

TEST_CASE("what an early cell needs goes before what a later one needs", "[plan][order]") {
  World world;
  const auto graph_with = [](int k) {
    graph::Graph graph{.file = "g.toml"};
    graph.nodes = {node("first", "a.make"), node("next", "a.join", {{"k", k}}, {"first"})};
    return graph;
  };
  graph::Graph longer = graph_with(2);
  longer.nodes.push_back(node("last", "a.join", {{"k", 9}}, {"next"}));
  const Plan plan = make({{"p", graph_with(1)}, {"q", longer}}, world.catalogue, world.store, {});
  std::vector<std::string> order;
  for (const auto& step : plan.steps) order.push_back(step.name);
  REQUIRE(order == std::vector<std::string>{"first", "p/next", "q/next", "last"});
}

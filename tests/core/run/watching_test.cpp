// What a run tells those who watch it: JSON lines, and the trace.
#include "run_fixture.h"

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/testing/catch.h>

#include <set>

using namespace bgraph;
using namespace bgraph::run;

namespace {

Json slices(const Json& trace, int track) {
  Json found = Json::array();
  for (const auto& event : trace.at("traceEvents"))
    if (event.at("ph") == "X" && event.at("pid") == track) found.push_back(event);
  return found;
}

}  // namespace

TEST_CASE("JSON lines begin with the plan, end with the result and name every node", "[run][journal]") {
  World world;
  std::vector<Json> lines;
  world.options.listener = [&](const Json& line) { lines.push_back(line); };
  const auto graph = graph_of({node("a", "test.make"), node("bad", "test.make", {{"act", "fail"}}),
                               node("c", "test.join", {}, {"bad"})});
  world.run(graph);
  REQUIRE(lines.size() > 4);
  CHECK(lines.front()["what"] == "plan");
  CHECK(lines.front()["steps"].size() == 3);
  CHECK(lines.back()["what"] == "end");
  CHECK(lines.back()["code"] == 1);
  CHECK(lines.back()["nodes"] == Json{{"hit", 0}, {"ran", 1}, {"failed", 1}, {"blocked", 1}, {"cancelled", 0}});
  std::set<std::string> told;
  for (const auto& line : lines) told.insert(line["what"].get<std::string>() + " " + line.value("node", ""));
  for (const char* line : {"unit_started a", "node_done a", "metric a", "node_failed bad", "node_blocked c"}) {
    CAPTURE(line);
    CHECK(told.count(line) == 1);
  }
}

TEST_CASE("a run that has nothing to do says so in two lines", "[run][journal]") {
  World world;
  const auto graph = graph_of({node("a", "test.make")});
  world.run(graph);
  std::vector<Json> lines;
  world.options.listener = [&](const Json& line) { lines.push_back(line); };
  world.run(graph);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1]["nodes"]["hit"] == 1);
  CHECK(lines[1]["code"] == 0);
}

TEST_CASE("the trace has a slice per unit, memory curves and the chain the run was as long as", "[run][trace]") {
  World world;
  const RunRecord record = world.run(
      graph_of({node("first", "test.make", {{"act", "nap"}}), node("quick", "test.make", {{"text", "q"}}),
                node("last", "test.join", {{"act", "nap"}}, {"first", "quick"})}));
  const Json trace = Json::parse(store::read_text(record.folder / "trace.json"));
  CHECK(slices(trace, 1).size() == 3);
  const Json path = slices(trace, 3);
  REQUIRE(path.size() == 2);  // `quick` was over before `first`
  CHECK(path[0]["name"] == "last");
  CHECK(path[1]["name"] == "first");
  CHECK(path[0]["ts"].get<double>() >= path[1]["ts"].get<double>() + path[1]["dur"].get<double>() - 1);
  bool memory = false;
  for (const auto& event : trace["traceEvents"]) memory = memory || event["ph"] == "C";
  CHECK(memory);
}

TEST_CASE("a unit that holds more memory than it may is ended, and the others go on", "[run][pool]") {
  World world;
  auto greedy = node("greedy", "test.make", {{"act", "grow"}});
  greedy.memory_mib = 64;
  const RunRecord record = world.run(graph_of({greedy, node("good", "test.make")}));
  CHECK(named(record, "greedy").outcome == Outcome::failed);
  CHECK_THAT(named(record, "greedy").error, Catch::Matchers::ContainsSubstring("more than its memory_mib = 64"));
  CHECK(named(record, "good").outcome == Outcome::ran);
}

#include "run_fixture.h"

#include <bgraph/core/run/memory.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::run;

namespace {

/// Two nodes that nap, each predicted to need 600 MiB, on two workers that may have so much: '(' for a start, ')' for an end.
std::string order(double limit_mib) {
  World world;
  world.options.memory_mib = limit_mib;
  std::string events;
  world.options.listener = [&](const Json& line) {
    if (line.at("what") == "unit_started") events += '(';
    if (line.at("what") == "node_done") events += ')';
  };
  plan::Plan plan = world.plan(graph_of({node("a", "test.make", {{"text", "a"}, {"act", "nap"}}), node("b", "test.make", {{"text", "b"}, {"act", "nap"}})}));
  for (auto& step : plan.steps) step.peak_mib = 600;
  CHECK(world.run(plan).exit_code() == 0);
  return events;
}

}  // namespace

TEST_CASE("nodes that by prediction do not fit into memory together run one after the other", "[run][memory]") {
  CHECK(order(1200) == "(())");
  CHECK(order(1199) == "()()");
  CHECK(order(100) == "()()");  // one alone always runs
}

TEST_CASE("what ran is recorded with the size of its inputs, whole and as one unit sees them", "[run][memory]") {
  const World world;
  const RunRecord record = world.run(graph_of({node("five", "test.make", {{"text", "1\n2\n3\n4\n5\n"}}),  // 10 bytes, 5 items
                                               node("rows", "test.map", {}, {"five"}),
                                               node("all", "test.join", {}, {"five", "rows"})}));
  REQUIRE(record.exit_code() == 0);
  const auto bytes = [&](const char* name) {
    const store::InputSize size = world.store.find(named(record, name).key)->input_size;
    return std::pair{size.mib * (1 << 20), size.unit_mib * (1 << 20)};
  };
  CHECK(bytes("five") == std::pair{0.0, 0.0});
  CHECK(bytes("rows").first == Approx(10));
  CHECK(bytes("rows").second == Approx(6));  // chunks of 3
  CHECK(bytes("all").first == Approx(10 + 30));  // "row 0\n" for each of five
}

TEST_CASE("what this process may still take is no more than the machine has", "[run][memory]") {
  CHECK(available_mib() > 0);
  CHECK(available_mib() < machine_mib("MemTotal"));
  CHECK(machine_mib("NoSuchEntry") == 0);
}

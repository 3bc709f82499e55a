#include "run_fixture.h"

#include <bgraph/core/run/audit.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::run;
using Catch::Matchers::ContainsSubstring;

namespace {

const Verdict& of(const std::vector<Verdict>& verdicts, const std::string& node) {
  for (const auto& verdict : verdicts)
    if (verdict.node == node) return verdict;
  throw Error("no verdict on " + node);
}

}  // namespace

TEST_CASE("an audit tells stable nodes from those that vary with threads or between runs", "[run][audit]") {
  World world;
  const auto graph = graph_of({node("pid", "test.make", {{"act", "pid"}}), node("threads", "test.make", {{"act", "threads"}}),
                               node("after", "test.join", {{"text", "x"}}, {"pid", "threads"}),
                               node("rows", "test.map", {}, {"after"})});
  world.run(graph);
  const plan::Plan plan = world.plan(graph);
  REQUIRE(plan.count(plan::State::hit) == 4);
  const auto before = world.store.values();
  const auto verdicts = audit(plan, all_steps(plan), world.catalogue, world.store, world.options, {1, 2});
  CHECK_FALSE(of(verdicts, "pid").repeats);
  CHECK(of(verdicts, "threads").repeats);
  CHECK_FALSE(of(verdicts, "threads").any_threads);
  // It got the inputs it had, so what varies before it does not count against it.
  CHECK(of(verdicts, "after").error == "");
  CHECK(of(verdicts, "after").stable());
  CHECK(of(verdicts, "rows").stable());
  REQUIRE(of(verdicts, "threads").differences.size() == 1);
  CHECK(of(verdicts, "threads").differences[0] == "out: file text.txt: line 1: 1 -> 2");
  CHECK(world.store.values() == before);  // an audit leaves nothing behind
}

TEST_CASE("a node that fails in an audit is told; a plan that did not run is refused", "[run][audit]") {
  World world;
  const auto graph = graph_of({node("a", "test.make", {{"text", "x"}})});
  REQUIRE_THROWS_WITH(audit(world.plan(graph), {0}, world.catalogue, world.store, world.options, {1}),
                      ContainsSubstring("has no outputs to compare with"));
  world.run(graph);
  plan::Plan plan = world.plan(graph);
  plan.steps[0].params["act"] = "fail";
  const auto verdicts = audit(plan, {0}, world.catalogue, world.store, world.options, {1});
  CHECK_THAT(verdicts[0].error, ContainsSubstring("it was asked to fail"));
  CHECK_FALSE(verdicts[0].stable());
}

#include "run_fixture.h"

#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::run;
using Catch::Matchers::ContainsSubstring;

namespace {

graph::Node ranked(const std::string& name, const std::string& act, int64_t ranks) {
  graph::Node made = node(name, "test.make", {{"act", act}});
  made.ranks = ranks;
  return made;
}

}  // namespace

TEST_CASE("a node of several ranks is run by as many workers, and rank 0 answers", "[run][ranks]") {
  World world;
  auto later = ranked("later", "rank", 2);
  later.params["text"].value = "then ";
  const RunRecord record = world.run(graph_of({ranked("three", "rank", 3), later}));
  REQUIRE(record.exit_code() == 0);
  CHECK(world.text(named(record, "three").outputs.at("out")) == "0 of 3");  // although there are but two lanes
  CHECK(world.text(named(record, "later").outputs.at("out")) == "then 0 of 2");
  CHECK(record.workers == 3);  // the second node took warm ones
}

TEST_CASE("the number of ranks is not in the key", "[run][ranks]") {
  World world;
  REQUIRE(world.run(graph_of({ranked("one", "rank", 1)})).exit_code() == 0);
  CHECK(named(world.run(graph_of({ranked("one", "rank", 2)})), "one").outcome == Outcome::hit);
}

TEST_CASE("one rank that ends ends them all, and is named", "[run][ranks]") {
  World world;
  const auto [act, reason] = GENERATE(table<std::string, std::string>(
      {{"rank_crash", "rank 1: SIGSEGV"}, {"rank_fail", "rank 1: it was asked to fail"}}));
  const RunRecord record = world.run(graph_of({ranked("bad", act, 3), node("good", "test.make")}));
  CHECK(record.exit_code() == 1);
  CHECK_THAT(named(record, "bad").error, ContainsSubstring(reason));
  CHECK(named(record, "good").outcome == Outcome::ran);
}

TEST_CASE("what is left of a unit whose rank died takes no room", "[run][ranks]") {
  World world;
  world.options.workers = 1;
  const RunRecord record = world.run(graph_of({ranked("bad", "rank_crash", 2), node("good", "test.make")}));
  CHECK(named(record, "bad").outcome == Outcome::failed);
  CHECK(named(record, "good").outcome == Outcome::ran);
}

TEST_CASE("a timeout of several ranks is one", "[run][ranks]") {
  World world;
  auto slow = ranked("slow", "hang", 2);
  slow.timeout_s = 1;
  CHECK_THAT(named(world.run(graph_of({slow})), "slow").error, ContainsSubstring("timeout_s = 1"));
}

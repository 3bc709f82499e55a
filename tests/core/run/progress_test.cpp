#include "run_fixture.h"

#include <bgraph/core/run/progress.h>
#include <bgraph/core/run/stamp.h>
#include <bgraph/core/run/tables.h>
#include <bgraph/core/run/worker_environment.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/testing/catch.h>
#include <stdlib.h>

#include <algorithm>

using namespace bgraph;
using namespace bgraph::run;
using Catch::Matchers::ContainsSubstring;

namespace {

/// What a run would print for these happenings of a plan of one node.
std::string shown(const std::vector<Happening>& happenings, bool terminal) {
  World world;
  const plan::Plan plan = world.plan(graph_of({node("n", "test.make")}));
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  {
    Progress progress(plan, 1, terminal, out);
    for (const auto& happening : happenings) progress.note(happening);
  }
  std::fclose(out);
  const std::string result(text, size);
  ::free(text);
  return result;
}

}  // namespace

TEST_CASE("counts tell rate and time left", "[run][progress]") {
  REQUIRE(rate_text(10, 40, 5) == "10 of 40, 2/s, 15 s left");
  REQUIRE(rate_text(40, 40, 5) == "40 of 40, 8/s");
  REQUIRE(rate_text(0, 40, 5) == "0 of 40");
  REQUIRE(rate_text(3, 0, 5).empty());
  REQUIRE(duration_text(0.44) == "0.4 s");
  REQUIRE(duration_text(59.4) == "59 s");
  REQUIRE(duration_text(59.6) == "1 min 00 s");
  REQUIRE(duration_text(7500) == "2 h 05 min");
}

TEST_CASE("without a terminal every line is dated and none is taken back", "[run][progress]") {
  using What = Happening::What;
  const std::string text = shown({{.what = What::unit_started, .at_s = 0},
                                  {.what = What::progress, .at_s = 20, .detail = {{"done", 5}, {"total", 10}}},
                                  {.what = What::progress, .at_s = 21, .detail = {{"done", 6}, {"total", 10}}},
                                  {.what = What::node_done, .at_s = 30}},
                                 false);
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 3);  // started, one report, done
  REQUIRE_THAT(text, ContainsSubstring("n: 5 of 10") && ContainsSubstring("n: done in 30 s"));
  REQUIRE(text.find('\x1b') == std::string::npos);
  REQUIRE(text.compare(4, 1, "-") == 0);
}

TEST_CASE("on a terminal the live lines are taken away at the end", "[run][progress]") {
  using What = Happening::What;
  const std::string text = shown({{.what = What::unit_started, .at_s = 0},
                                  {.what = What::metric, .at_s = 1, .detail = {{"name", "loss"}, {"value", 0.5}}},
                                  {.what = What::progress, .at_s = 2, .detail = {{"done", 1}, {"total", 4}}},
                                  {.what = What::node_failed, .at_s = 3, .detail = {{"error", "why"}}}},
                                 true);
  REQUIRE_THAT(text, ContainsSubstring("1 of 4, 0.5/s, 6.0 s left, loss 0.5") &&
                         ContainsSubstring("n: FAILED: why\n"));
  std::string clear;
  size_t drawn = 0, erased = 0;
  for (size_t at = 0; (at = text.find("\x1b[1A", at)) != std::string::npos; ++at) ++erased;
  drawn = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  REQUIRE(drawn - erased == 1);  // only the failure stays
}

TEST_CASE("rows of one name are kept apart, curves never take the node's name", "[run][tables]") {
  World world;
  const auto publish = [&](const std::string& text) {
    store::Publication draft(world.store, "test");
    store::write_whole(draft.folder() / "table.json", text);
    ValueHeader header;
    header.type = "Table";
    header.files.push_back(
        {"table.json", static_cast<int64_t>(text.size()), digest_file(draft.folder() / "table.json")});
    return draft.publish(header);
  };
  RunRecord record;
  record.nodes = {{.outputs = {{"scores", publish(R"({"rows": [{"name": "a", "values": {"x": 1}},
                                                     {"name": "a", "values": {"x": 2}}]})")},
                               {"curves", publish(R"({"rows": []})")}},
                   .output_types = {{"scores", "Table"}, {"curves", "Table"}}}};
  const CellRecord cell{.nodes = {{"n", 0}}};
  REQUIRE(tables_of(cell, record, world.store) ==
          Json{{"n", {{"a", {{"x", 1}}}, {"a (2)", {{"x", 2}}}}}, {"n.curves", Json::object()}});
}

TEST_CASE("a worker's environment states its threads once and lets OpenBLAS choose", "[run][worker_environment]") {
  ::setenv("OMP_NUM_THREADS", "17", 1);
  ::setenv("OPENBLAS_CORETYPE", "Haswell", 1);
  const auto environment = worker_environment(3);
  ::unsetenv("OMP_NUM_THREADS");
  ::unsetenv("OPENBLAS_CORETYPE");
  const auto count = [&](const std::string& start) {
    return std::count_if(environment.begin(), environment.end(),
                         [&](const std::string& entry) { return entry.rfind(start, 0) == 0; });
  };
  REQUIRE(count("OMP_NUM_THREADS=3") == 1);
  REQUIRE(count("OMP_NUM_THREADS=") == 1);
  REQUIRE(count("OMP_WAIT_POLICY=PASSIVE") == 1);
  REQUIRE(count("OPENBLAS_CORETYPE") == 0);
  REQUIRE(count("PATH=") == 1);
}

#include <bgraph/core/plan/explain.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::plan;

namespace {

Json preimage_with(const Json& changes = Json::object()) {
  Json fields = {{"type", "clusters.gmm"},
                 {"plugin", "b1"},
                 {"numerics", 1},
                 {"params", {{"k", 64}, {"file", {{"content", "aa"}}}}},
                 {"inputs", {{"voxels", {"d1"}}, {"mask", {"d2"}}}},
                 {"seed", 0},
                 {"device", "cpu"}};
  fields.merge_patch(changes);
  return fields;
}

store::KeyRecord record_of(const std::string& node, const Json& changes) {
  store::KeyRecord record;
  record.node = node;
  record.preimage = preimage_with(changes);
  return record;
}

}  // namespace

TEST_CASE("each kind of change is told in its own words", "[plan][explain]") {
  const auto [change, words] = GENERATE(table<Json, std::string>({
      {{{"params", {{"k", 128}}}}, "parameter k: 64 -> 128"},
      {{{"params", {{"file", {{"content", "bb"}}}}}}, "content of `file` changed (aa -> bb)"},
      {{{"params", {{"j", 1}}}}, "parameter j is new"},
      {{{"params", {{"k", nullptr}}}}, "parameter k is gone"},
      {{{"inputs", {{"voxels", {"d9"}}}}}, "input `voxels` changed (d1 -> d9)"},
      {{{"plugin", "b2"}}, "plugin clusters rebuilt"},
      {{{"seed", 7}}, "seed: 0 -> 7"},
      {{{"device", "cuda"}}, "device: \"cpu\" -> \"cuda\""},
      {{{"numerics", 2}}, "numerics: 1 -> 2"},
  }));
  const auto changes = differences(preimage_with(), preimage_with(change));
  REQUIRE(changes.size() == 1);
  REQUIRE(phrase(changes[0], "clusters") == words);
}

TEST_CASE("a miss is explained by the nearest earlier run", "[plan][explain]") {
  const Json now = preimage_with({{"params", {{"k", 128}}}});
  const auto far = record_of("clusters", {{"seed", 7}, {"plugin", "b0"}});
  const auto near = record_of("clusters", {{"params", {{"k", 32}}}});
  REQUIRE(explain(now, {far, near}, "clusters", "clusters").text == "parameter k: 32 -> 128");
  REQUIRE(explain(now, {near, far}, "clusters", "clusters").text == "parameter k: 32 -> 128");
}

TEST_CASE("of equally near runs, one of the same node is compared", "[plan][explain]") {
  const Json now = preimage_with({{"params", {{"k", 128}}}});
  const auto other = record_of("other", {{"params", {{"k", 8}}}});
  const auto same = record_of("clusters", {{"params", {{"k", 16}}}});
  REQUIRE(explain(now, {other, same}, "clusters", "clusters").text == "parameter k: 16 -> 128");
}

TEST_CASE("without an earlier run, or with a lost result, that is the reason", "[plan][explain]") {
  REQUIRE(explain(preimage_with(), {}, "n", "p").text == "no earlier run");
  REQUIRE(explain(preimage_with(), {record_of("n", Json::object())}, "n", "p").text ==
          "its outputs are missing or damaged in the store");
}

TEST_CASE("more than three differences are counted", "[plan][explain]") {
  const auto record = record_of(
      "n", {{"seed", 5}, {"plugin", "b0"}, {"params", {{"k", 1}}}, {"inputs", {{"voxels", {"d9"}}}}, {"numerics", 0}});
  REQUIRE(explain(preimage_with(), {record}, "n", "gmm").text ==
          "input `voxels` changed (d9 -> d1), numerics: 0 -> 1, parameter k: 1 -> 64, and 2 more");
}

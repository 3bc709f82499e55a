#include "finished_plan.h"

#include <bgraph/core/plan/separation.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::plan;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Two image sets, a node that fits to the first, and one that scores its model on the second. Ids are the test's choice.
struct World : FinishedPlan {
  World(const std::vector<int64_t>& train_ids, const std::vector<int64_t>& test_ids, const std::string& test_space = "toy") {
    images("train", train_ids, "train");
    images("test", test_ids, "test", test_space);
    step("fit", {.inputs = {{.name = "images", .type = "Images", .fits = true}}}, {{"images", {{0, "out"}}}});
    step("score", {}, {{"model", {{2, "model"}}}, {"seen", {{1, "out"}}}});
  }

  void may_see_test_data() {
    auto offer = std::make_shared<registry::NodeOffer>();
    offer->spec.inputs = {{.name = "images", .type = "Images", .fits = true, .transductive = true}};
    plan.steps[2].offer = offer;
  }
};

}  // namespace

TEST_CASE("a leak through nothing but a shared image id is refused before the node runs", "[plan][separation]") {
  World world({1, 2, 9, 3}, {8, 9});
  CHECK_THROWS_WITH(refuse_shared_images(world.plan, 2, world.store),
                    ContainsSubstring("input 'images' fits to 1 image of 'toy' that 'test.out' tests on, the first is 9"));
  world.may_see_test_data();
  CHECK_NOTHROW(refuse_shared_images(world.plan, 2, world.store));
}

TEST_CASE("ids of two spaces are never the same images, and negative ids are none", "[plan][separation]") {
  World other({1, 2}, {1, 2}, "digits");
  CHECK_NOTHROW(refuse_shared_images(other.plan, 2, other.store));
  World unknown({1, -1}, {-1, 2});
  CHECK_NOTHROW(refuse_shared_images(unknown.plan, 2, unknown.store));
  CHECK(image_ids(unknown.store, unknown.plan.steps[0].outputs.at("out")) == std::set<int64_t>{1});
}

TEST_CASE("a test set of another graph of the plan is none of a graph's business", "[plan][separation]") {
  World world({1, 2}, {2, 3});
  world.plan.cells[0].steps.erase("score");
  world.plan.cells.push_back({"other", {}, {{"test", 1}, {"score", 3}}});
  CHECK_NOTHROW(refuse_shared_images(world.plan, 2, world.store));
}

TEST_CASE("the record counts what was fitted to and how much of it was tested on", "[plan][separation]") {
  World world({1, 2, 9}, {8, 9});
  world.plan.steps[2].outputs["model"] = world.plan.steps[0].outputs.at("out");
  const Json told = separation(world.plan, world.plan.cells[0], world.store);
  REQUIRE(told["fits"].size() == 1);
  CHECK(told["fits"][0] == Json{{"node", "fit"}, {"port", "images"}, {"value", "train.out"}, {"split", "train"},
                                {"space", "toy"}, {"images", 3}, {"transductive", false}, {"shared_with_test", 1}});
  CHECK(told["test"][0]["images"] == 2);
  CHECK(shared_images(Json::array({told})) == 1);
  World right({1, 2}, {8, 9});
  right.plan.steps[2].outputs["model"] = right.plan.steps[0].outputs.at("out");
  CHECK(shared_images(Json::array({separation(right.plan, right.plan.cells[0], right.store)})) == 0);
}

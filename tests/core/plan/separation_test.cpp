#include "../scratch.h"

#include <bgraph/core/plan/separation.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/testing/catch.h>

#include <fstream>

using namespace bgraph;
using namespace bgraph::plan;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A finished plan: two image sets and a node that fits to the first. Labels and ids are the test's choice.
struct World {
  Scratch scratch;
  store::Store store{scratch.path / "store"};
  Plan plan;

  World(std::vector<int64_t> train_ids, std::vector<int64_t> test_ids, const std::string& test_space = "toy") {
    store.prepare();
    add("train", images(train_ids, "train", "toy"));
    add("test", images(test_ids, "test", test_space));
    Step fit{.name = "fit", .node = "fit", .offer = fitting({.name = "images", .type = "Images", .fits = true})};
    fit.sources["images"] = {{0, "out"}};
    plan.steps.push_back(fit);
    plan.cells.push_back({"", {}, {{"train", 0}, {"test", 1}, {"fit", 2}}});
  }

  static std::shared_ptr<const registry::NodeOffer> fitting(PortSpec port) {
    auto offer = std::make_shared<registry::NodeOffer>();
    offer->spec.inputs = {std::move(port)};
    return offer;
  }

  Digest images(const std::vector<int64_t>& ids, const std::string& split, const std::string& space) {
    store::Publication draft(store, "test");
    const std::vector<int64_t> shape = {static_cast<int64_t>(ids.size())};
    std::vector<SafetensorsEntry> entries = {{"image_id", "I64", shape}};
    std::string bytes = safetensors_prefix(entries, {});
    bytes.append(reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(int64_t));
    std::ofstream(draft.folder() / kPayloadFile, std::ios::binary) << bytes;
    ValueHeader header{.type = "Images", .meta = {{"split", split}, {"id_space", space}}};
    header.tensors.push_back({"image_id", "I64", shape, digest_blocks(std::as_bytes(std::span(ids)))});
    return draft.publish(header);
  }

  void add(const std::string& name, const Digest& value) {
    Step step{.name = name, .node = name, .offer = std::make_shared<const registry::NodeOffer>()};
    step.outputs["out"] = value;
    plan.steps.push_back(step);
  }
};

}  // namespace

TEST_CASE("a leak through nothing but a shared image id is refused before the node runs", "[plan][separation]") {
  World world({1, 2, 9, 3}, {8, 9});
  CHECK_THROWS_WITH(refuse_shared_images(world.plan, 2, world.store),
                    ContainsSubstring("input 'images' fits to 1 image of 'toy' that 'test.out' tests on, the first is 9"));
  world.plan.steps[2].offer = World::fitting({.name = "images", .type = "Images", .fits = true, .transductive = true});
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
  world.plan.cells[0].steps.erase("test");
  world.plan.cells.push_back({"other", {}, {{"test", 1}}});
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

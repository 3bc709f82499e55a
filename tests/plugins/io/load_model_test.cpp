// io.load_model: a model file gives back component, weights, notes and training images, or says why not.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/model_file.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <unistd.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A file in the temporary folder that goes with the test.
struct TemporaryFile {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("load_model_test_" + std::to_string(::getpid()) + ".safetensors");
  ~TemporaryFile() { std::filesystem::remove(path); }
};

std::map<std::string, at::Tensor> fresh_weights() {
  const Model recipe = testing::recipe("features.convnet", {{"channels", {3, 5}}});
  const auto network = testing::build_component<ImageBackbone>(recipe);
  network->initialise(Rng(5, "load_model", "weights", 0, 0));
  return weights_of(*network);
}

Json recipe_json() {
  return {{"component", "features.convnet"}, {"params", {{"channels", {3, 5}}}}, {"notes", {{"name", "tiny"}}},
          {"trained_space", "toy"}, {"trained_on", {{7, 9}, {20, 20}}}, {"parts", Json::object()}};
}

Model loaded(const std::map<std::string, at::Tensor>& weights, const std::map<std::string, std::string>& metadata) {
  const TemporaryFile file;
  write_safetensors(file.path, weights, metadata);
  return testing::NodeRun("io.load_model").set("file", file.path.string()).run().out<Model>("model");
}

}  // namespace

TEST_CASE("a model file gives back weights, recipe and training images", "[io][load_model]") {
  const auto weights = fresh_weights();
  const Model model = loaded(weights, {{"recipe", recipe_json().dump()}});
  CHECK(model.component == "features.convnet");
  CHECK(!model.build_id.empty());
  CHECK(model.params.at("depth") == 1);  // completed with the component's defaults
  CHECK(model.notes.at("name") == "tiny");
  CHECK(model.trained_space == "toy");
  CHECK(model.trained_on.equal(at::tensor({7, 8, 9, 20}, at::kLong)));
  REQUIRE(model.weights.size() == weights.size());
  for (const auto& [name, tensor] : weights) CHECK(model.weights.at(name).equal(tensor));
}

TEST_CASE("a model file that does not fit is refused with the file and the reason", "[io][load_model]") {
  auto weights = fresh_weights();
  const std::map<std::string, std::string> metadata = {{"recipe", recipe_json().dump()}};
  SECTION("no recipe") {
    CHECK_THROWS_WITH(loaded(weights, {}), ContainsSubstring("no recipe"));
  }
  SECTION("a recipe that is no JSON") {
    CHECK_THROWS_WITH(loaded(weights, {{"recipe", "convnet"}}), ContainsSubstring("not JSON"));
  }
  SECTION("a component nobody offers") {
    Json recipe = recipe_json();
    recipe["component"] = "features.convnot";
    CHECK_THROWS_WITH(loaded(weights, {{"recipe", recipe.dump()}}), ContainsSubstring("features.convnot"));
  }
  SECTION("a missing entry") {
    Json recipe = recipe_json();
    recipe.erase("trained_on");
    CHECK_THROWS_WITH(loaded(weights, {{"recipe", recipe.dump()}}), ContainsSubstring("'trained_on'"));
  }
  SECTION("a missing weight") {
    weights.erase("stage2.conv1.weight");
    CHECK_THROWS_WITH(loaded(weights, metadata), ContainsSubstring("missing 'stage2.conv1.weight'"));
  }
  SECTION("a weight of another shape") {
    weights["stage2.mean"] = at::zeros({6});
    CHECK_THROWS_WITH(loaded(weights, metadata), ContainsSubstring("'stage2.mean' is [6], expected [5]"));
  }
  SECTION("a tensor of a part the recipe does not have") {
    weights["adapter/weight"] = at::zeros({2});
    CHECK_THROWS_WITH(loaded(weights, metadata), ContainsSubstring("has a place for"));
  }
  SECTION("weights left out altogether") {
    CHECK_THROWS_WITH(loaded({}, metadata), ContainsSubstring("no weights"));
  }
}

TEST_CASE("ids are kept as ranges and come back in order", "[contract][model_file]") {
  const std::vector<int64_t> ids = {9, 7, 8, 20, 8};
  CHECK(ranges_of(ids) == Json({{7, 9}, {20, 20}}));
  CHECK(ids_in(ranges_of(ids)) == std::vector<int64_t>{7, 8, 9, 20});
  CHECK(ranges_of({}) == Json::array());
  CHECK_THROWS_WITH(ids_in(Json({{9, 7}})), ContainsSubstring("[9,7]"));
  CHECK_THROWS_AS(ids_in(Json({{INT64_MIN, INT64_MAX}})), Error);
}

TEST_CASE("a model file cannot allow itself to run code", "[io][load_model]") {
  Json recipe = recipe_json();
  recipe["params"]["allow_code"] = true;
  CHECK_THROWS_WITH(loaded(fresh_weights(), {{"recipe", recipe.dump()}}), ContainsSubstring("which only a graph may allow"));
}

#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kImages = 12, kSide = 8;

/// Plain pictures whose colour is what their tokens say: red for +1, blue for -1.
struct Task {
  Images images;
  Features condition;
  explicit Task() {
    const auto sign = at::where(at::arange(kImages) % 2 == 0, at::ones({kImages}), -at::ones({kImages}));  // [N]
    const auto red = 0.5 + 0.4 * sign, blue = 0.5 - 0.4 * sign;
    const auto colour = at::stack({red, at::full({kImages}, 0.5), blue}, 1);                                // [N, 3]
    images = {.pixels = colour.reshape({kImages, 3, 1, 1}).expand({kImages, 3, kSide, kSide}).contiguous(),
              .image_id = at::arange(kImages),
              .category = at::full({kImages}, -1, at::kLong),
              .id_space = "toy",
              .split = "train"};
    condition = {.layers = {{"grid", sign.reshape({kImages, 1, 1}).expand({kImages, 4, 3}).contiguous(), 2, 2}},
                 .image_id = images.image_id,
                 .id_space = "toy",
                 .split = "train",
                 .network = "some"};
  }
};

testing::NodeRun training(const Task& task, int64_t steps) {
  testing::NodeRun run("diffusion.train_prior");
  run.set("steps", steps).set("batch", 8).set("channels", {16}).set("blocks", 1).set("attention_side", 4).set("heads", 2)
      .set("rate", 5e-3).set("average", 0.9).in("images", task.images).in("condition", task.condition);
  return run;
}

}  // namespace

TEST_CASE("a trained prior paints the colour its tokens name", "[diffusion][train_prior]") {
  const Task task;
  const Model model = training(task, 120).run().out<Model>("model");
  const auto prior = testing::build_component<DiffusionBackend>(model);
  const auto tokens = task.condition.layers[0].tokens.slice(0, 0, 2);  // one of each
  const auto made = prior->sample(tokens, {}, {.steps = 10, .guidance = 1},
                                  [](int64_t row) { return Rng(9, "test", "noise", 0, row); });
  const auto red_minus_blue = (made.select(1, 0) - made.select(1, 2)).mean({1, 2});  // true: +0.8 and -0.8
  CHECK(red_minus_blue[0].item<double>() > 0.4);
  CHECK(red_minus_blue[1].item<double>() < -0.4);
}

TEST_CASE("training twice gives the same bits", "[diffusion][train_prior]") {
  const Task task;
  const auto once = training(task, 3).run().out<Model>("model").weights;
  const auto again = training(task, 3).run().out<Model>("model").weights;
  REQUIRE(once.size() == again.size());
  for (const auto& [name, tensor] : once) CHECK(tensor.equal(again.at(name)));
}

TEST_CASE("the model names its images and the network whose tokens it reads", "[diffusion][train_prior]") {
  const Task task;
  const Model model = training(task, 1).run().out<Model>("model");
  CHECK(model.trained_on.equal(task.images.image_id));
  CHECK(model.trained_space == "toy");
  CHECK(model.notes.at("condition_network") == "some");
  CHECK(model.params.at("token_width") == 3);
}

TEST_CASE("tokens are matched to images by id, not by order", "[diffusion][train_prior]") {
  Task task;
  const auto straight = training(task, 2).run().out<Model>("model").weights;
  task.condition = task.condition.select(at::arange(kImages).flip(0));
  for (const auto& [name, tensor] : training(task, 2).run().out<Model>("model").weights)
    CHECK(tensor.equal(straight.at(name)));
}

TEST_CASE("an image without tokens is named", "[diffusion][train_prior]") {
  Task task;
  task.condition = task.condition.rows(0, kImages - 1);
  CHECK_THROWS_WITH(training(task, 1).run(), ContainsSubstring("image 11 has no tokens"));
}

TEST_CASE("test images are refused", "[diffusion][train_prior]") {
  Task task;
  task.images.split = "test";
  CHECK_THROWS_WITH(training(task, 1).run(), ContainsSubstring("split 'test'"));
}

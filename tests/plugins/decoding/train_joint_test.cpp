#include "batch_sampler.h"
#include "small_parts.h"
#include "toy_decoding.h"

#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kSide = 8;
constexpr const char* kNode = "decoding.train_joint";

/// Pictures of one colour, which the first token of the image names; a prior and a predictor that know little of it.
struct Task {
  testing::ToyDecoding toy{40, 10};
  Features tokens = semantic(toy.train_targets), validation_tokens = semantic(toy.validation_targets);
  Images images = pictures(tokens, kSide), validation_images = pictures(validation_tokens, kSide);
  Model prior = prior_of(tokens, images), predictor;
  VoxelTable table;

  Task() {
    testing::NodeRun run("decoding.train");
    run.set("width", 16).set("heads", 2).set("loss", "mse").set("epochs", 1).set("steps", 20).set("batch", 8).set("rate", 1e-3);
    run.in("betas", toy.train).in("targets", tokens).in("voxels", toy.voxels).in("v2c", toy.v2c).run();
    predictor = run.out<Model>("model");
    table = run.out<VoxelTable>("table");
  }

  static Features semantic(Features features) {
    features.layers.erase(features.layers.begin());
    return features;  // [N, 3, 5]
  }

  static Images pictures(const Features& of, int64_t side) {
    const auto colour = at::sigmoid(of.layers[0].tokens.select(1, 0).narrow(1, 0, 3));  // [N, 3]
    return {.pixels = colour.reshape({-1, 3, 1, 1}).expand({-1, 3, side, side}).contiguous(),
            .image_id = of.image_id, .category = at::full({of.size()}, -1, at::kLong), .id_space = of.id_space,
            .split = of.split};
  }

  static Model prior_of(const Features& tokens, const Images& images) {
    testing::NodeRun run("diffusion.train_prior");
    run.set("steps", 150).set("batch", 16).set("channels", {16}).set("blocks", 1).set("attention_side", 4).set("heads", 2);
    run.set("rate", 5e-3).set("average", 0.9).set("condition_dropout", 0.0);
    return run.in("images", images).in("condition", tokens).run().out<Model>("model");
  }

  testing::NodeRun joint(const std::string& trains) const {
    testing::NodeRun run(kNode);
    run.set("trains", trains).set("epochs", 3).set("steps", 40).set("batch", 16).set("pieces", 2).set("rate", 5e-3).set("warmup", 4);
    run.in("predictor", predictor).in("table", table).in("backend", prior).in("v2c", toy.v2c);
    run.in("betas", toy.train).in("images", images);
    return run;
  }
};

const Task& task() {
  static const Task once;
  return once;
}

bool same(const Model& a, const Model& b) {
  for (const auto& [name, weight] : a.weights)
    if (!weight.equal(b.weights.at(name))) return false;
  for (const auto& [role, part] : a.parts)
    if (!same(part, b.parts.at(role))) return false;
  return true;
}

double score(const testing::NodeRun& run, const std::string& column) {
  return std::get<double>(run.out<Table>("scores").row("denoising loss").cells.at(column));
}

}  // namespace

TEST_CASE("joint training lowers the denoising loss of held-out trials", "[decoding][train_joint]") {
  auto run = task().joint(GENERATE("all", "predictor"));
  run.in("validation_betas", task().toy.validation).in("validation_images", task().validation_images).run();
  CHECK(score(run, "after") < 0.9 * score(run, "before"));
}

TEST_CASE("what is frozen keeps its bits, what trains does not", "[decoding][train_joint]") {
  const std::string trains = GENERATE("all", "predictor", "table");
  auto run = task().joint(trains);
  run.set("epochs", 1).set("steps", 2).run();
  CHECK(same(run.out<Model>("backend"), task().prior) == (trains != "all"));
  CHECK(same(run.out<Model>("model"), task().predictor) == (trains == "table"));
  CHECK(!run.out<VoxelTable>("table").rows.equal(task().table.rows));
  CHECK(run.out<VoxelTable>("table").voxels == task().table.voxels);
  CHECK(!same(run.out<Model>("model").parts.at("tokenizer"), task().predictor.parts.at("tokenizer")) == (trains != "table"));
}

TEST_CASE("through latents the UNet trains and the autoencoder does not", "[decoding][train_joint]") {
  constexpr int64_t side = 16, width = 5;
  testing::NodeRun join("diffusion.unclip");
  join.set("image_size", side).set("sizes", {16, 16, 0, 0});
  join.in("unet", diffusion::small_unet(width, 8)).in("autoencoder", diffusion::small_autoencoder());
  const Model unclip = join.run().out<Model>("model");
  testing::NodeRun run(kNode);
  run.set("epochs", 1).set("steps", 2).set("batch", 4).set("pieces", 1).set("rate", 1e-3).set("warmup", 0);
  run.in("predictor", task().predictor).in("table", task().table).in("backend", unclip).in("v2c", task().toy.v2c);
  run.in("betas", task().toy.train).in("images", Task::pictures(task().tokens, side)).run();
  const Model trained = run.out<Model>("backend");
  CHECK(!same(trained.parts.at("unet"), unclip.parts.at("unet")));
  CHECK(same(trained.parts.at("autoencoder"), unclip.parts.at("autoencoder")));
  CHECK(!same(run.out<Model>("model"), task().predictor));
}

// The first step of AdamW is p (1 - rate decay) - rate g / (|g| + eps): g from each trial by itself, in the order drawn.
TEST_CASE("one step is the step of a slow twin, in one piece or in several", "[decoding][train_joint]") {
  constexpr int64_t batch = 6;
  constexpr double rate = 1e-3, decay = 0.3;
  const int64_t pieces = GENERATE(1, 3);
  auto run = task().joint("all");
  run.set("epochs", 1).set("steps", 1).set("batch", batch).set("pieces", pieces).set("rate", rate);
  run.set("weight_decay", decay).set("warmup", 0).seed(3).run();

  const auto rng = [](const char* purpose, int64_t index) { return Rng(3, kNode, purpose, 0, index); };
  const auto predictor = testing::build_component<Predictor>(task().predictor);
  const auto prior = testing::build_component<DiffusionBackend>(task().prior);
  prior->train();
  const auto table = task().table.rows.clone().set_requires_grad(true);
  const decoding::TrialSet trials({task().toy.train}, false);
  Rng draws = rng("batch", 0);
  decoding::TrialSampler sampler(trials, {task().toy.train}, 0.5, [&](int64_t pass) { return Rng(3, kNode, "order", pass, 0); });
  const auto which = sampler.draw(0, batch, draws);
  const double deviation = task().predictor.notes.at("tokens").at("layers").at(0).at("deviation");
  for (int64_t piece = 0; piece < pieces; ++piece) {
    std::vector<at::Tensor> tokens, pixels;
    for (int64_t i = piece * batch / pieces; i < (piece + 1) * batch / pieces; ++i) {
      const auto& trial = trials[which[i]];
      tokens.push_back(deviation * predictor->forward(trials.batch({which[i]}), table, task().toy.v2c.cluster, at::arange(3)));
      pixels.push_back(task().images.rows(trial.image_id, trial.image_id + 1).pixels);  // ids are rows here
    }
    (prior->loss(at::cat(pixels), at::cat(tokens), rng("noise", piece)) / pieces).backward();
  }
  const auto check = [&](const std::string& name, const at::Tensor& before, const at::Tensor& after) {
    INFO(name);
    REQUIRE(before.grad().defined());
    const auto g = before.grad(), p = before.detach();
    const auto expected = p * (1 - rate * decay) - rate * g / (g.abs() + 1e-8);
    const auto clear = g.abs() > 1e-5;  // below, rounding decides the sign
    CHECK(((expected - after) * clear).abs().max().item<double>() < 2e-3 * rate + 1e-6 * p.abs().max().item<double>());
  };
  check("voxel_table", table, run.out<VoxelTable>("table").rows);
  const Model decoder = run.out<Model>("model"), painter = run.out<Model>("backend");
  for (const auto& item : predictor->named_parameters()) check(item.key(), item.value(), decoder.weights.at(item.key()));
  for (const auto& item : prior->named_parameters())
    if (item.key() != "null_token") check(item.key(), item.value(), painter.weights.at(item.key()));
}

TEST_CASE("the models name the images of both trainings", "[decoding][train_joint]") {
  Model prior = task().prior;
  prior.trained_on = at::tensor({900, 3}, at::kLong);
  testing::NodeRun run(kNode);
  run.set("epochs", 1).set("steps", 1).set("batch", 2).set("pieces", 1).in("predictor", task().predictor);
  run.in("table", task().table).in("v2c", task().toy.v2c).in("betas", task().toy.train).in("images", task().images);
  const auto trained_on = [](testing::NodeRun made) { return made.run().out<Model>("backend"); };
  SECTION("of one numbering: the union") {
    const Model made = trained_on(std::move(run.in("backend", prior)));
    CHECK(made.trained_on.size(0) == 41);
    CHECK(made.trained_on[40].item<int64_t>() == 900);
  }
  SECTION("of another numbering: these, the other is noted") {
    prior.trained_space = "photos";
    const Model made = trained_on(std::move(run.in("backend", prior)));
    CHECK(made.trained_on.size(0) == 40);
    CHECK(made.trained_space == "toy");
    CHECK(made.notes.at("trained_before_on") == "photos");
  }
}

TEST_CASE("joint training is a function of inputs, parameters and seed", "[decoding][train_joint]") {
  const auto table_with = [&](int64_t seed) {
    auto run = task().joint("all");
    return run.set("epochs", 1).set("steps", 3).set("voxels_per_sample", 20).seed(seed).run().out<VoxelTable>("table").rows;
  };
  CHECK(table_with(1).equal(table_with(1)));
  CHECK(!table_with(1).equal(table_with(2)));
}

TEST_CASE("joint training refuses what does not fit, with the reason", "[decoding][train_joint]") {
  auto run = task().joint("all");
  SECTION("pieces of unequal size") {
    CHECK_THROWS_WITH(run.set("pieces", 3).run(), ContainsSubstring("a batch of 16 cannot be cut into 3 equal pieces"));
  }
  SECTION("validation trials without what was seen") {
    run.in("validation_betas", task().toy.validation);
    CHECK_THROWS_WITH(run.run(), ContainsSubstring("'validation_betas' need 'validation_images'"));
  }
  SECTION("test trials") {
    Betas test = task().toy.validation;
    test.split = "test";
    CHECK_THROWS_WITH(run.in("betas", test).run(), ContainsSubstring("split 'test'"));
  }
  SECTION("a predictor of another network's tokens, or of several layers") {
    Model other = task().predictor;
    const bool layers = GENERATE(false, true);
    if (layers) other.notes["tokens"]["layers"].push_back(other.notes["tokens"]["layers"][0]);
    else other.notes["tokens"]["network"] = "another_network 1f";
    testing::NodeRun wrong(kNode);
    wrong.in("predictor", other).in("table", task().table).in("backend", task().prior).in("v2c", task().toy.v2c);
    wrong.in("betas", task().toy.train).in("images", task().images);
    CHECK_THROWS_WITH(wrong.run(), ContainsSubstring(layers ? "2 layers of tokens, expected one"
                                                            : "imitates tokens of 'another_network 1f'"));
  }
  SECTION("a voxel table of fewer voxels") {
    testing::NodeRun wrong(kNode);
    wrong.in("predictor", task().predictor).in("table", VoxelTable{task().table.rows.narrow(0, 0, 40), ""});
    wrong.in("backend", task().prior).in("betas", task().toy.train).in("images", task().images);
    CHECK_THROWS_WITH(wrong.run(), ContainsSubstring("the betas reach voxel 59, the voxel table has 40"));
  }
  SECTION("a model that is no predictor") {
    testing::NodeRun wrong(kNode);
    Model confused = task().prior;
    confused.notes["tokens"] = task().predictor.notes.at("tokens");
    wrong.in("predictor", confused).in("table", task().table).in("backend", task().prior).in("v2c", task().toy.v2c);
    wrong.in("betas", task().toy.train).in("images", task().images);
    CHECK_THROWS_WITH(wrong.run(), ContainsSubstring("diffusion.pixel_unet is a DiffusionBackend, expected a Predictor"));
  }
}

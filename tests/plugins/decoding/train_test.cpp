#include "toy_decoding.h"
#include "trial_set.h"

#include <bgraph/sdk/components/encoder.h>
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

testing::NodeRun training(const testing::ToyDecoding& toy, const std::string& predictor) {
  testing::NodeRun run("decoding.train");
  run.set("predictor", predictor).set("width", 24).set("epochs", 6).set("steps", 60).set("batch", 16).set("rate", 1e-2);
  run.set("dropout", 0.0);
  run.in("betas", toy.train).in("targets", toy.train_targets).in("voxels", toy.voxels).in("v2c", toy.v2c);
  run.in("validation_betas", toy.validation).in("validation_targets", toy.validation_targets);
  return run;
}

double score(const testing::NodeRun& run, const std::string& layer, const std::string& column) {
  return std::get<double>(run.out<Table>("scores").row(layer).cells.at(column));
}

}  // namespace

TEST_CASE("both predictors learn to tell held-out images apart, with both losses", "[decoding][train]") {
  const testing::ToyDecoding toy;
  const std::string predictor = GENERATE("decoding.bit", "decoding.mlp");
  const std::string loss = GENERATE("infonce", "mse");
  INFO(predictor << " " << loss);
  auto run = training(toy, predictor);
  run.set("loss", loss).set("calibration", "linear").run();
  for (const char* layer : {"shallow", "deep"}) {
    CHECK(score(run, layer, "identification") > 0.85);  // chance: .5
    CHECK(score(run, layer, "norm_ratio") > 0.5);  // least squares keeps the predictable part of the amplitude
    CHECK(score(run, layer, "norm_ratio") < 1.2);
  }
}

TEST_CASE("shuffled pairing of responses and images leaves identification at chance", "[decoding][train]") {
  testing::ToyDecoding toy;
  for (auto& subject : toy.train.subjects)
    subject.image_id = subject.image_id.index_select(0, Rng(1, "train_test", "shuffle", 0, 0).permutation(subject.trials()));
  auto run = training(toy, "decoding.bit");
  run.run();
  // 24 trials of 12 images: the standard error of a mean two-way score is about .06.
  CHECK(std::abs(score(run, "shallow", "identification") - 0.5) < 0.2);
}

TEST_CASE("a trained decoder predicts rows subject after subject, in the network's units", "[decoding][predict]") {
  const testing::ToyDecoding toy;
  auto trained = training(toy, "decoding.bit");
  trained.set("loss", "mse").run();
  const auto predict = [&](const Betas& betas) {
    testing::NodeRun run("decoding.predict");
    run.in("model", trained.out<Model>("model")).in("table", trained.out<VoxelTable>("table")).in("v2c", toy.v2c);
    return std::move(run.in("betas", betas).run());
  };
  const auto run = predict(toy.validation);
  const auto features = run.out<Features>("features");
  REQUIRE(features.layers.size() == 2);
  CHECK(features.layers[0].tokens.sizes() == at::IntArrayRef({24, 4, 6}));
  CHECK(features.layers[1].tokens.sizes() == at::IntArrayRef({24, 3, 5}));
  CHECK(features.layers[0].height == 2);
  CHECK(features.split == "validation");
  const Tensor subjects = run.out<Tensor>("subjects");
  CHECK(subjects[11].item<int64_t>() == 0);
  CHECK(subjects[12].item<int64_t>() == 1);
  CHECK(at::equal(features.image_id.slice(0, 0, 12), features.image_id.slice(0, 12, 24)));
  const at::Tensor truth = toy.validation_targets.layers[0].tokens.repeat({2, 1, 1});
  const double error = (features.layers[0].tokens - truth).square().mean().item<double>();
  CHECK(error < 0.3 * truth.var(false).item<double>());

  Betas silent = toy.validation;  // the same for every subject, if every cluster is in both
  for (auto& subject : silent.subjects) subject.betas = at::zeros_like(subject.betas);
  const auto same = predict(silent).out<Features>("features").layers[0].tokens;
  CHECK((same - same[0]).abs().max().item<double>() < 1e-5);

  Betas known = toy.train;
  known.split = "test";
  CHECK_THROWS_WITH(predict(known), ContainsSubstring("trained on images that are test images"));
}

TEST_CASE("training is a function of its inputs, parameters and seed", "[decoding][train]") {
  const testing::ToyDecoding toy;
  const auto table_with = [&](int64_t seed) {
    auto run = training(toy, "decoding.mlp");
    run.set("epochs", 2).set("steps", 3).set("dropout", 0.2).set("voxels_per_sample", 20);
    run.set("queries_per_layer", std::vector<int64_t>{2, 0}).seed(seed).run();
    return run.out<VoxelTable>("table").rows;
  };
  CHECK(at::equal(table_with(1), table_with(1)));
  CHECK(!at::equal(table_with(1), table_with(2)));
}

TEST_CASE("voxels that start alike are alike, at the scale asked for", "[decoding][train]") {
  const testing::ToyDecoding toy;
  at::Tensor rows = Rng(1, "train_test", "start", 0, 0).normal({toy.voxels.size(), 7});
  rows[3].copy_(rows[40]);  // one of each subject
  const std::string voxels = header_of(toy.voxels.to_value()).digest().hex();
  auto run = training(toy, "decoding.bit");
  run.set("epochs", 1).set("steps", 1).set("rate", 1e-9).set("weight_decay", 0.0).set("start_scale", 0.5);
  run.in("start", VoxelTable{rows, voxels}).run();
  const at::Tensor table = run.out<VoxelTable>("table").rows;
  CHECK(table.sizes() == at::IntArrayRef({toy.voxels.size(), 24}));
  CHECK(at::allclose(table[3], table[40], 0, 1e-6));
  CHECK(std::abs(table.square().mean().sqrt().item<double>() - 0.5) < 1e-5);
  const at::Tensor within = at::matmul(rows, at::matmul(at::linalg_pinv(rows), table));  // their part linear in rows
  CHECK(at::allclose(within, table, 1e-4, 1e-4));

  auto other = training(toy, "decoding.bit");
  other.in("start", VoxelTable{rows, std::string(64, '0')});
  CHECK_THROWS_WITH(other.run(), ContainsSubstring("'start' holds rows of other voxels than 'voxels'"));
}

TEST_CASE("betas that are not measured are left out and counted", "[decoding][train]") {
  testing::ToyDecoding toy;
  toy.train.subjects[0].betas[3][4] = std::nanf("");
  toy.train.subjects[0].betas[5].fill_(std::nanf(""));
  auto run = training(toy, "decoding.bit");
  run.set("epochs", 1).set("steps", 12).run();
  REQUIRE(run.warnings().size() == 1);
  CHECK_THAT(run.warnings()[0], ContainsSubstring("34 betas of the training trials are not measured"));
  CHECK(at::isfinite(run.out<VoxelTable>("table").rows).all().item<bool>());
}

TEST_CASE("an image without features is named", "[decoding][train]") {
  testing::ToyDecoding toy;
  toy.train_targets = toy.train_targets.rows(0, 59);
  CHECK_THROWS_WITH(training(toy, "decoding.bit").run(),
                    ContainsSubstring("image 59, seen by sub1, is not in 'targets' (59 images)"));
}

TEST_CASE("external trials are drawn at the fraction asked for", "[decoding][train]") {
  const testing::ToyDecoding toy;
  Betas external = toy.betas_of({0, 1, 2}, 1, "external");
  external.predicted = true;
  for (auto& subject : external.subjects) subject.betas.fill_(std::nanf(""));  // would be noticed
  auto run = training(toy, "decoding.mlp");
  run.in("betas", external).set("epochs", 1).set("steps", 2).set("external_fraction", 0.0).run();
  auto without = training(toy, "decoding.mlp");
  without.set("epochs", 1).set("steps", 2).set("external_fraction", 0.0).run();
  CHECK(at::equal(run.out<VoxelTable>("table").rows, without.out<VoxelTable>("table").rows));
}

namespace {

/// The toy's images as pictures of noise, a network that looks at them, an encoder that predicts responses to them.
struct Lazy {
  const testing::ToyDecoding toy;
  Images pictures = pictures_of(toy.train_targets), validation_pictures = pictures_of(toy.validation_targets);
  Images external_pictures = pictures_of(toy.train_targets, "external");
  Model network = made<ImageBackbone>("features.convnet", {{"channels", {3, 5}}, {"image_size", 8}});
  Model encoder = made<Encoder>("encoding.linear", {{"components", 4}, {"pixels", 64}});
  VoxelTable rows{Rng(1, "train_test", "encoder rows", 0, 0).normal({toy.voxels.size(), 4}) * 0.1, digest(toy.voxels)};

  static Images pictures_of(const Features& of, const std::string& split = {}) {
    return {Rng(of.image_id[0].item<int64_t>(), "train_test", "pictures", 0, 0).uniform({of.size(), 3, 8, 8}), of.image_id,
            at::full({of.size()}, -1, at::kLong), of.id_space, split.empty() ? of.split : split};
  }

  template <class Interface>
  static Model made(const std::string& component, const Json& params) {
    Model model = testing::recipe(component, params);
    const auto fresh = testing::build_component<Interface>(model);
    fresh->initialise(Rng(2, "train_test", component, 0, 0));
    model.weights = weights_of(*fresh);
    return model;
  }

  template <class T>
  static std::string digest(const T& value) {
    return header_of(value.to_value()).digest().hex();
  }

  Features tokens_of(const Images& images, bool lazy) const {
    testing::NodeRun run("features.tokens");
    run.set("lazy", lazy).set("kernels", {2, 1}).set("strides", {2, 1}).set("batch", 7).in("images", images).in("model", network);
    return run.run().out<Features>("features");
  }

  testing::NodeRun training(bool lazy, const std::string& external) const {
    Betas view{.id_space = "toy", .split = "external", .predicted = true};
    view.views.push_back({digest(encoder), digest(rows), digest(external_pictures), digest(toy.voxels), 5});
    testing::NodeRun run("decoding.train");
    run.set("width", 24).set("epochs", 2).set("steps", 15).set("batch", 8).set("rate", 1e-2).set("calibration", "linear");
    run.set("external", external).set("queries_per_layer", {3, 0}).set("voxels_per_sample", 20).set("averaging", "repeats");
    run.in("betas", toy.train).in("betas", view).in("voxels", toy.voxels).in("v2c", toy.v2c);
    run.in("targets", tokens_of(pictures, lazy)).in("targets", tokens_of(external_pictures, lazy));
    run.in("validation_betas", toy.validation).in("validation_targets", tokens_of(validation_pictures, lazy));
    run.knows(pictures).knows(external_pictures).knows(validation_pictures).knows(network).knows(encoder).knows(rows);
    return std::move(run.run());
  }
};

}  // namespace

TEST_CASE("training with nothing held follows the training that holds everything", "[decoding][train]") {
  const Lazy lazy;
  const auto held = lazy.training(false, "held"), drawn = lazy.training(true, "drawn");
  for (const char* curve : {"loss", "validation loss"}) {
    INFO(curve);
    REQUIRE(held.metrics().contains(curve));
    CHECK(drawn.metrics().at(curve) == Approx(held.metrics().at(curve)).epsilon(1e-3));  // 30 steps of last bits
  }
  const at::Tensor a = held.out<VoxelTable>("table").rows, b = drawn.out<VoxelTable>("table").rows;
  CHECK((a - b).norm().item<double>() < 1e-2 * a.norm().item<double>());
  CHECK(score(drawn, "stage1", "identification") == Approx(score(held, "stage1", "identification")).margin(0.02));
}

TEST_CASE("a step evaluates its own trials, however many there are", "[decoding][trial_set]") {
  const auto evaluated = [](int64_t images) {
    const testing::ToyDecoding toy(images);
    Betas sizes = toy.train;
    for (auto& subject : sizes.subjects) subject.betas = at::empty(subject.betas.sizes(), at::TensorOptions().device(at::kMeta));
    struct Counted final : decoding::DrawnRows {
      const testing::ToyDecoding& toy;
      int64_t count = 0;
      explicit Counted(const testing::ToyDecoding& of) : toy(of) {}
      std::vector<at::Tensor> rows(const std::vector<decoding::AskedRows>& asked) override {
        std::vector<at::Tensor> found;
        for (const auto& some : asked) {
          count += static_cast<int64_t>(some.rows.size());
          found.push_back(toy.train.subjects[some.subject].betas.index_select(0, at::tensor(some.rows)));
        }
        return found;
      }
    };
    const auto drawn = std::make_shared<Counted>(toy);
    const decoding::TrialSet trials({sizes}, true, drawn);
    CHECK(trials.size() == 4 * images);  // predictions are not averaged
    const VoxelBatch batch = trials.batch({3, 2 * images + 1, 4});
    CHECK(batch.betas.narrow(0, 33, 26).equal(toy.train.subjects[1].betas[1]));
    CHECK(batch.betas.narrow(0, 59, 33).equal(toy.train.subjects[0].betas[4]));
    return drawn->count;
  };
  CHECK(evaluated(10) == 3);
  CHECK(evaluated(70) == 3);
}

TEST_CASE("scores of some validation trials are scores of that many", "[decoding][train]") {
  const testing::ToyDecoding toy;
  auto run = training(toy, "decoding.mlp");
  run.set("epochs", 1).set("steps", 1).set("scored_trials", 1).run();
  CHECK(std::isnan(score(run, "shallow", "identification")));  // one image alone
}

TEST_CASE("brain tokens without clusters are refused", "[decoding][train]") {
  const testing::ToyDecoding toy;
  testing::NodeRun run("decoding.train");
  run.in("betas", toy.train).in("targets", toy.train_targets).in("voxels", toy.voxels);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("reads brain tokens, but no 'v2c' is given"));
}

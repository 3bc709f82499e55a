#include "batch_sampler.h"
#include "calibration.h"
#include "target_set.h"
#include "token_scores.h"
#include "toy_decoding.h"

#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

#include <cmath>
#include <set>

using namespace bgraph;
using namespace bgraph::decoding;
using Catch::Matchers::ContainsSubstring;

namespace {
Rng draws(const char* purpose) { return {4, "tokens_of_trials_test", purpose, 0, 0}; }
}  // namespace

TEST_CASE("targets laid out as outputs read back as the features they came from", "[decoding][token_layout]") {
  const Features features{.layers = {{"wide", draws("wide").normal({5, 6, 12}), 2, 3},
                                     {"narrow", 7 * draws("narrow").normal({5, 4, 5}), 2, 2}},
                          .image_id = at::arange(5), .id_space = "toy", .network = "net"};
  const TokenLayout layout = layout_from(to_json(layout_of(FeatureRows(features))));  // as a model's notes carry it
  CHECK(layout.queries() == 10);
  CHECK(layout.out_dim == 12);
  CHECK(layout.layers[1].used() == 10);  // 5-wide tokens fit twice
  at::Tensor outputs = at::full({5, 10, 12}, 1e6f);  // what no layer uses is never read
  for (size_t l = 0; l < 2; ++l) {
    const auto& layer = layout.layers[l];
    outputs.narrow(1, layer.first_query, layer.positions).narrow(2, 0, layer.used())
        .copy_(layout.target(l, features.layers[l].tokens));
  }
  const Features back = layout.features(outputs, features.image_id, "toy");
  for (size_t l = 0; l < 2; ++l)
    CHECK(at::allclose(back.layers[l].tokens, features.layers[l].tokens, 1e-5, 1e-5));
}

TEST_CASE("constant targets are refused", "[decoding][token_layout]") {
  const Features features{.layers = {{"flat", at::ones({3, 2, 2}), 0, 0}}, .image_id = at::arange(3)};
  CHECK_THROWS_WITH(layout_of(FeatureRows(features)), ContainsSubstring("layer 'flat' have a standard deviation of 0"));
}

TEST_CASE("a batch holds each drawn voxel once, under its global number", "[decoding][trial_set]") {
  const testing::ToyDecoding toy;
  const TrialSet trials({toy.train}, false);
  REQUIRE(trials.size() == 2 * 120);
  Rng rng = draws("voxels");
  const VoxelBatch batch = trials.batch({3, 130}, 20, rng);
  const int64_t* offsets = batch.offsets.data_ptr<int64_t>();
  const int64_t* voxel = batch.voxel.data_ptr<int64_t>();
  for (int64_t b = 0; b < 2; ++b) {
    const std::set<int64_t> distinct(voxel + offsets[b], voxel + offsets[b + 1]);
    CHECK(static_cast<int64_t>(distinct.size()) == offsets[b + 1] - offsets[b]);
    CHECK(distinct.size() < 20);  // 20 draws of 33 or 26 voxels, with replacement
  }
  CHECK(voxel[offsets[1]] >= 33);  // the second subject's voxels follow the first's
  const int64_t own = voxel[offsets[1]] - 33;
  CHECK(batch.betas[offsets[1]].item<float>() == toy.train.subjects[1].betas[10][own].item<float>());
}

TEST_CASE("averaging makes one trial of the repeats of an image", "[decoding][trial_set]") {
  const testing::ToyDecoding toy;
  CHECK(TrialSet({toy.train}, true).size() == 2 * 60);
}

TEST_CASE("measured trials are all seen before one is seen again", "[decoding][batch_sampler]") {
  const testing::ToyDecoding toy(7);
  const TrialSet trials({toy.train}, false);  // 28 trials
  TrialSampler sampler(trials, {toy.train}, 0.5, [](int64_t pass) { return Rng(1, "t", "order", pass, 0); });
  std::multiset<int64_t> seen;
  for (int64_t first = 0; first < 56; first += 8) {
    Rng rng(1, "t", "batch", 0, first);
    for (const int64_t trial : sampler.draw(first, 8, rng)) seen.insert(trial);
  }
  for (int64_t trial = 0; trial < 28; ++trial) CHECK(seen.count(trial) == 2);
}

TEST_CASE("sampled tokens are distinct positions, and queries number them across layers", "[decoding][batch_sampler]") {
  const testing::ToyDecoding toy;
  const TokenLayout layout = layout_of(FeatureRows(toy.train_targets));  // 4 and 3 positions
  Rng rng = draws("tokens");
  const SampledTokens sampled = sample_tokens(layout, {2, 0}, 6, rng);
  CHECK(sampled.queries.sizes() == at::IntArrayRef({6, 5}));
  for (int64_t b = 0; b < 6; ++b) CHECK(!at::equal(sampled.positions[0][b][0], sampled.positions[0][b][1]));
  CHECK(at::equal(sampled.queries.narrow(1, 2, 3), (at::arange(3) + 4).expand({6, 3})));
  CHECK_THROWS_WITH(sample_tokens(layout, {1, 2, 3}, 6, rng), ContainsSubstring("has 3 entries, expected one or 2"));
}

TEST_CASE("tokens that equal their targets are identified, anything constant is at chance", "[decoding][token_scores]") {
  const at::Tensor targets = draws("targets").normal({5, 3, 8});
  const at::Tensor image = at::tensor(std::vector<int64_t>{4, 0, 1, 2, 3, 1});
  const auto perfect = score_tokens(0.5 * targets.index_select(0, image), targets, image);
  CHECK(perfect.identification == 1.0);
  CHECK(std::abs(perfect.correlation - 1) < 1e-6);
  CHECK(std::abs(perfect.norm_ratio - 0.5) < 1e-6);
  CHECK(score_tokens(at::ones({6, 3, 8}), targets, image).identification == 0.5);
  CHECK(std::isnan(score_tokens(targets.slice(0, 0, 1), targets.slice(0, 0, 1), at::zeros({1}, at::kLong)).identification));
}

TEST_CASE("calibration undoes a linear map of the targets and a shift of every position", "[decoding][calibration]") {
  const at::Tensor targets = draws("targets").normal({130, 3, 5}) + draws("target means").normal({3, 5});
  const at::Tensor predicted =
      at::matmul(targets, draws("map").normal({5, 5})) * 0.2 + 9 * draws("predicted means").normal({3, 5});
  const auto linear = fit_calibration("linear", predicted, targets);
  const at::Tensor restored = at::matmul(predicted, linear.map) + linear.shift;
  CHECK((restored - targets).square().mean().item<double>() < 0.05);  // the ridge shrinks weak directions
  CHECK(at::allclose(restored.mean(0), targets.mean(0), 1e-4, 1e-4));  // whatever the map, means are exact
  const auto scale = fit_calibration("scale", 0.25 * targets, targets);
  CHECK(at::allclose(scale.map, 4 * at::eye(5), 1e-5, 1e-6));
  CHECK(at::equal(scale.shift, at::zeros({3, 5})));
}

TEST_CASE("a calibrated predictor maps each layer and shifts each position, whichever queries are asked", "[decoding][calibrated]") {
  const auto net = testing::build_component<Predictor>(
      testing::recipe("decoding.mlp", {{"queries", 5}, {"out_dim", 4}, {"width", 6}, {"blocks", 1}, {"rank", 2}}));
  net->initialise(draws("weights"));
  const auto calibrated = testing::build_component<Predictor>(testing::recipe(
      "decoding.calibrated", {{"queries", 5}, {"out_dim", 4}, {"positions", {2, 3}}, {"dims", {4, 3}}}));
  calibrated->set_parts({{"predictor", net}});
  const auto named = calibrated->named_parameters();
  {
    const at::NoGradGuard guard;
    named["map0"].mul_(2);
    named["shift1"].copy_(at::tensor({30.0F, 20.0F, 10.0F}).unsqueeze(1).expand({3, 3}));  // a number per position
  }
  const VoxelBatch batch{draws("betas").normal({6}), at::arange(6), at::tensor(std::vector<int64_t>{0, 2, 6})};
  const at::Tensor table = draws("table").normal({6, 6}), v2c = at::full({6}, -1, at::kLong);
  const at::Tensor queries = at::tensor(std::vector<int64_t>{4, 0, 2, 1, 1, 3}).view({2, 3});
  const at::Tensor plain = net->forward(batch, table, v2c, queries);
  const at::Tensor mapped = calibrated->forward(batch, table, v2c, queries);
  CHECK(at::allclose(mapped[0][1], 2 * plain[0][1]));                          // query 0: first layer
  CHECK(at::allclose(mapped[0][0].slice(0, 0, 3), plain[0][0].slice(0, 0, 3) + 10));  // query 4: second layer
  CHECK(mapped[0][0][3].item<float>() == plain[0][0][3].item<float>());        // a column it does not use
}

TEST_CASE("the MLP predictor is linear in betas before its blocks, and a query subset picks its tokens", "[decoding][mlp]") {
  const auto net = testing::build_component<Predictor>(
      testing::recipe("decoding.mlp", {{"queries", 5}, {"out_dim", 4}, {"width", 6}, {"blocks", 0}, {"rank", 2}}));
  net->initialise(draws("weights"));
  const at::Tensor table = draws("table").normal({9, 6}), all = at::arange(5);
  const at::Tensor betas = draws("betas").normal({7}), voxels = at::tensor(std::vector<int64_t>{0, 3, 8, 1, 2, 4, 5});
  const at::Tensor offsets = at::tensor(std::vector<int64_t>{0, 3, 7});
  const auto run = [&](double scale, const at::Tensor& queries) {
    return net->forward({scale * betas, voxels, offsets}, table, {}, queries);
  };
  const at::Tensor zero = run(0, all);
  CHECK(at::allclose(zero[0], zero[1]));  // nothing but the betas tells samples apart
  CHECK(at::allclose(run(2, all) - zero, 2 * (run(1, all) - zero), 1e-4, 1e-5));
  const at::Tensor some = at::tensor(std::vector<int64_t>{4, 0, 2, 2}).view({2, 2});
  CHECK(at::allclose(run(1, some)[1][0], run(1, all)[1][2]));
}

#include "toy_decoding.h"
#include "training_trials.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kTrials = 14;

/// Two subjects' decoder, and a third subject.
struct Task {
  testing::ToyDecoding toy;
  testing::NewSubject third = toy.new_subject(kTrials);
  Model model;
  VoxelTable table;

  Task() {
    testing::NodeRun run("decoding.train");
    run.set("width", 24).set("epochs", 6).set("steps", 60).set("batch", 16).set("rate", 1e-2).set("calibration", "linear");
    run.in("betas", toy.train).in("targets", toy.train_targets).in("voxels", toy.voxels).in("v2c", toy.v2c).run();
    model = run.out<Model>("model");
    table = run.out<VoxelTable>("table");
  }

  /// Without neighbours.
  testing::NodeRun from_noise() const {
    testing::NodeRun run("decoding.transfer");
    run.set("epochs", 20).set("batch", 7).set("rate", 3e-3);
    run.in("model", model).in("table", table).in("v2c", third.v2c).in("voxels", third.voxels);
    return run;
  }

  testing::NodeRun transfer() const {
    auto run = from_noise();
    run.in("betas", third.train).in("targets", toy.train_targets).in("neighbour", Tensor(third.neighbour, {"V"}));
    return run;
  }

  testing::NodeRun scratch() const {
    testing::NodeRun run("decoding.train");
    run.set("width", 24).set("epochs", 20).set("steps", 12).set("batch", 16).set("rate", 1e-2);
    run.in("betas", third.train).in("targets", toy.train_targets).in("voxels", third.voxels).in("v2c", third.v2c);
    return run;
  }
};

const Task& task() {
  static const Task once;
  return once;
}

double identification(testing::NodeRun run, const std::string& layer) {
  run.in("validation_betas", task().third.validation).in("validation_targets", task().toy.validation_targets).run();
  return std::get<double>(run.out<Table>("scores").row(layer).cells.at("identification"));
}

void check_same(const Model& a, const Model& b, bool same) {
  bool all = true;
  for (const auto& [name, weight] : a.weights) all = all && weight.equal(b.weights.at(name));
  INFO(a.component);
  CHECK(all == same);
}

}  // namespace

TEST_CASE("with few trials a decoder that knows others beats one that starts anew", "[decoding][transfer]") {
  for (const char* layer : {"shallow", "deep"}) {
    const double transferred = identification(task().transfer(), layer), scratch = identification(task().scratch(), layer);
    INFO(layer << ": transferred " << transferred << ", from scratch " << scratch);
    CHECK(transferred > 0.85);  // chance .5
    CHECK(transferred > scratch + 0.05);
  }
}

TEST_CASE("what voxels share keeps its bits while a new table is trained", "[decoding][transfer]") {
  const std::string trains = GENERATE("table", "predictor");
  auto run = task().transfer();
  run.set("trains", trains).set("epochs", 1).set("steps", 2).run();
  const Model made = run.out<Model>("model");
  const bool frozen = trains == "table";
  check_same(made, task().model, true);  // the calibration, always
  const Model &inner = made.parts.at("predictor"), &before = task().model.parts.at("predictor");
  check_same(inner, before, frozen);
  check_same(inner.parts.at("tokenizer"), before.parts.at("tokenizer"), frozen);
  CHECK(made.notes == task().model.notes);
  CHECK(!run.out<VoxelTable>("table").rows.equal(task().table.rows.index_select(0, task().third.neighbour)));
}

TEST_CASE("a new voxel starts at its neighbour's row, without one at noise", "[decoding][transfer]") {
  at::Tensor neighbour = task().third.neighbour.clone();
  neighbour[3].fill_(-1);
  auto run = task().from_noise();
  run.in("betas", task().third.train).in("targets", task().toy.train_targets).in("neighbour", Tensor(neighbour, {"V"}));
  run.set("epochs", 1).set("steps", 1).set("rate", 1e-9).set("weight_decay", 0.0).run();
  const at::Tensor rows = run.out<VoxelTable>("table").rows;
  const at::Tensor known = neighbour.ge(0).nonzero().flatten();
  CHECK(known.numel() == 28);
  CHECK(at::allclose(rows.index_select(0, known), task().table.rows.index_select(0, neighbour.index_select(0, known)), 0, 1e-8));
  const double deviation = rows[3].square().mean().sqrt().item<double>();
  const double expected = 0.1 / (2 * std::sqrt(24.0));  // decoding.bit
  CHECK(std::abs(deviation / expected - 1) < 0.5);      // 24 draws: four standard errors are .58
}

TEST_CASE("rows of voxels that no trial reaches end where they started", "[decoding][transfer]") {
  Betas one = task().toy.new_subject(kTrials).train;
  one.subjects[0].betas.select(1, 5).fill_(std::nanf(""));  // nor one that is never measured
  Voxels both = task().third.voxels;  // a fourth subject's voxels follow
  const at::Tensor twice = at::cat({at::arange(29), at::arange(29)});
  both = both.select(twice);
  both.subject = twice.new_zeros({58}).slice(0, 0, 58);
  both.subject.slice(0, 29).fill_(1);
  both.subjects = {"sub3", "sub4"};
  ClusterMap clusters = task().third.v2c;
  clusters.cluster = clusters.cluster.index_select(0, twice);
  const at::Tensor neighbour = task().third.neighbour.index_select(0, twice);
  testing::NodeRun run("decoding.transfer");
  run.set("epochs", 1).set("steps", 3).set("rate", 1e-2).in("model", task().model).in("table", task().table).in("v2c", clusters);
  run.in("voxels", both).in("betas", one).in("targets", task().toy.train_targets).in("neighbour", Tensor(neighbour, {"V"})).run();
  const at::Tensor rows = run.out<VoxelTable>("table").rows, start = task().table.rows.index_select(0, neighbour);
  CHECK(rows.slice(0, 29).equal(start.slice(0, 29)));
  CHECK(rows[5].equal(start[5]));
  CHECK(!rows[4].equal(start[4]));
}

TEST_CASE("an epoch of no stated length ends when every measured trial has been seen once", "[decoding][training_trials]") {
  const auto steps = [](int64_t given, int64_t measured, double external) {
    return decoding::steps_per_epoch({.steps = given, .batch = 64}, measured, external);
  };
  CHECK(steps(0, 450, 0.75) == 29);  // 450 of 1800 trials: 28.1 batches
  CHECK(steps(0, 450, 0.0) == 8);
  CHECK(steps(0, 450, 1.0) == 8);    // nothing but predicted trials
  CHECK(steps(5, 450, 0.75) == 5);
}

TEST_CASE("external trials stand beside the new subject's and are not counted as its own", "[decoding][transfer]") {
  Betas external = task().third.train;
  external.predicted = true;
  external.split = "external";
  auto run = task().from_noise();
  run.in("betas", task().third.train).in("betas", external).in("targets", task().toy.train_targets);
  run.in("neighbour", Tensor(task().third.neighbour, {"V"})).set("epochs", 2);
  run.in("validation_betas", task().third.validation).in("validation_targets", task().toy.validation_targets).run();
  CHECK(run.metrics().contains("validation loss"));
  CHECK_THAT(run.out<Table>("scores").notes.at(0), ContainsSubstring("14 measured trials"));
}

TEST_CASE("transfer refuses what does not fit, with the reason", "[decoding][transfer]") {
  auto run = task().from_noise();
  const auto with = [&](const Betas& betas, const at::Tensor& neighbour) {
    run.in("betas", betas).in("targets", task().toy.train_targets).in("neighbour", Tensor(neighbour, {"V"})).run();
  };
  SECTION("the subjects it was trained on") {
    testing::NodeRun known("decoding.transfer");
    known.in("model", task().model).in("table", task().table).in("v2c", task().toy.v2c).in("voxels", task().toy.voxels);
    known.in("betas", task().toy.train).in("targets", task().toy.train_targets);
    CHECK_THROWS_WITH(known.run(), ContainsSubstring("there is no new subject"));
  }
  SECTION("trials of another subject") {
    CHECK_THROWS_WITH(with(task().toy.train, task().third.neighbour), ContainsSubstring("the betas reach voxel 59, the voxel table has 29"));
  }
  SECTION("neighbours of other voxels") {
    CHECK_THROWS_WITH(with(task().third.train, task().third.neighbour.slice(0, 1)),
                      ContainsSubstring("'neighbour' has 28 voxels, 'voxels' 29"));
  }
  SECTION("neighbours among other voxels") {
    CHECK_THROWS_WITH(with(task().third.train, task().third.neighbour + 59), ContainsSubstring("'table' has 59"));
  }
  SECTION("clusters of its own") {
    ClusterMap own = task().third.v2c;
    own.centres = at::zeros({5, 0});
    testing::NodeRun other("decoding.transfer");
    other.in("model", task().model).in("table", task().table).in("v2c", own).in("voxels", task().third.voxels);
    other.in("betas", task().third.train).in("targets", task().toy.train_targets);
    CHECK_THROWS_WITH(other.run(), ContainsSubstring("'v2c' has 5 clusters, the tokenizer has 7"));
  }
  SECTION("targets of another network") {
    Features other = task().toy.train_targets;
    other.network = "another network";
    run.in("betas", task().third.train).in("targets", other);
    CHECK_THROWS_WITH(run.run(), ContainsSubstring("'targets' are those of 'another network'"));
  }
  SECTION("test trials") {
    Betas test = task().third.validation;
    test.split = "test";
    CHECK_THROWS_WITH(with(test, task().third.neighbour), ContainsSubstring("split 'test'"));
  }
}

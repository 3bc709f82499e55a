// Decoders trained on, and fed with, responses that stay in files: the bits of responses in memory.
#include "drawn_trials.h"

#include "betas_in_files.h"
#include "toy_decoding.h"

#include "../../sdk/quiet_context.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

struct InFiles {
  testing::ToyDecoding toy = with_nan();
  testing::ScratchFolder folder;
  Betas train = testing::in_files(folder, toy.train, "train"), validation = testing::in_files(folder, toy.validation, "validation");

  static testing::ToyDecoding with_nan() {
    testing::ToyDecoding toy(21, 6);
    toy.train.subjects[0].betas[3][4] = std::nanf("");
    toy.train.subjects[1].betas.select(1, 7).fill_(std::nanf(""));
    return toy;
  }

  testing::NodeRun training(const Betas& betas, const Betas& held_out, const std::string& measured, const std::string& averaging) const {
    testing::NodeRun run("decoding.train");
    run.set("width", 16).set("epochs", 2).set("steps", 5).set("batch", 9).set("rate", 1e-2).set("calibration", "linear");
    run.set("queries_per_layer", {2, 0}).set("voxels_per_sample", 20).set("averaging", averaging).set("measured", measured);
    run.in("betas", betas).in("targets", toy.train_targets).in("voxels", toy.voxels).in("v2c", toy.v2c);
    run.in("validation_betas", held_out).in("validation_targets", toy.validation_targets);
    return std::move(run.run());
  }
};

void check_same(const testing::NodeRun& a, const testing::NodeRun& b) {
  CHECK(a.out<VoxelTable>("table").rows.equal(b.out<VoxelTable>("table").rows));
  CHECK(a.metrics() == b.metrics());
  REQUIRE(a.warnings().size() == 1);
  CHECK(a.warnings() == b.warnings());
}

}  // namespace

TEST_CASE("a decoder trained on rows in files, one step ahead, has the bits of one trained on rows in memory", "[decoding][drawn_trials]") {
  const InFiles set;
  const std::string averaging = GENERATE("single", "repeats");
  INFO(averaging);
  const auto held = set.training(set.toy.train, set.toy.validation, "held", averaging);
  check_same(held, set.training(set.train, set.validation, "held", averaging));
  check_same(held, set.training(set.train, set.validation, "drawn", averaging));
}

TEST_CASE("a voxel that no trial in the files measured ends where it started", "[decoding][drawn_trials][transfer]") {
  const InFiles set;
  const auto trained = set.training(set.toy.train, set.toy.validation, "held", "single");
  const auto third = set.toy.new_subject(10);
  Betas few = third.train;
  few.subjects[0].betas.select(1, 5).fill_(std::nanf(""));
  const auto rows = [&](const Betas& betas, const std::string& measured) {
    testing::NodeRun run("decoding.transfer");
    run.set("epochs", 2).set("batch", 4).set("measured", measured).in("model", trained.out<Model>("model")).in("table", trained.out<VoxelTable>("table"));
    run.in("v2c", third.v2c).in("voxels", third.voxels).in("betas", betas).in("targets", set.toy.train_targets).in("neighbour", Tensor(third.neighbour, {"V"}));
    return run.run().out<VoxelTable>("table").rows;
  };
  const at::Tensor held = rows(few, "held"), drawn = rows(testing::in_files(set.folder, few, "few"), "drawn");
  CHECK(drawn.equal(held));
  CHECK(drawn[5].equal(trained.out<VoxelTable>("table").rows[third.neighbour[5].item<int64_t>()]));
}

TEST_CASE("predictions and maps of rows in files, batch by batch, are those of rows in memory", "[decoding][drawn_trials][predict][token_maps]") {
  const InFiles set;
  const auto trained = set.training(set.toy.train, set.toy.validation, "held", "single");
  for (const bool average : {true, false}) {
    const auto ran = [&](const char* type, const Betas& betas) {
      testing::NodeRun run(type);
      run.set("batch", 5).set("average", average).in("model", trained.out<Model>("model")).in("table", trained.out<VoxelTable>("table"));
      return std::move(run.in("v2c", set.toy.v2c).in("betas", betas).run());
    };
    const auto held = ran("decoding.predict", set.toy.validation), read = ran("decoding.predict", set.validation);
    CHECK(read.out<Features>("features").image_id.equal(held.out<Features>("features").image_id));
    for (size_t l = 0; l < 2; ++l) CHECK(read.out<Features>("features").layers[l].tokens.equal(held.out<Features>("features").layers[l].tokens));
    CHECK(ran("decoding.token_maps", set.train).out<Tensor>("maps").equal(ran("decoding.token_maps", set.toy.train).out<Tensor>("maps")));
  }
}

TEST_CASE("a file that is damaged while it is read ahead fails the batch that needs it, by name, and no other", "[decoding][drawn_trials]") {
  const InFiles set;
  testing::QuietContext ctx;
  const auto drawn = std::make_shared<decoding::DrawnTrials>(ctx, std::vector{set.train}, false, decoding::DrawnTrials::Which{});
  const decoding::TrialSet trials(drawn->sources(), false, drawn);
  REQUIRE(trials.size() == 2 * 42);
  const std::string file = set.train.subjects[1].stored->parts[0].blocks[1].path;  // rows 15 .. 41, deflated
  std::string bytes = testing::file_bytes(file);
  const size_t chunk = bytes.rfind("\x78\x01");  // zlib's two bytes at this level
  REQUIRE(chunk != std::string::npos);
  std::fstream spoilt(file, std::ios::in | std::ios::out | std::ios::binary);
  spoilt.seekp(static_cast<std::streamoff>(chunk)), spoilt.write("????", 4), spoilt.close();
  const auto needs = decoding::numbers(42 + 15, 42 + 42), others = decoding::numbers(0, 42 + 15);
  trials.read_ahead(needs);
  CHECK(trials.batch(others).size() == 57);
  trials.read_ahead(needs);
  CHECK_THROWS_WITH(trials.batch(needs), ContainsSubstring(std::filesystem::path(file).filename().string()) && ContainsSubstring("damaged"));
}

#include "betas_in_files.h"
#include "world.h"

#include <bgraph/sdk/components/encoder.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;
using namespace bgraph::encoding;

namespace {

double cell(const Table& table, const std::string& row, const std::string& column) {
  for (const auto& r : table.rows)
    if (r.name == row) return std::get<double>(r.cells.at(column));
  FAIL("no row " << row);
  return 0;
}

testing::NodeRun& with(testing::NodeRun& run, const World& train, const World& validation) {
  run.in("betas", train.betas).in("images", train.images).in("voxels", train.voxels);
  return run.in("validation", validation.betas).in("validation_images", validation.images);
}

testing::NodeRun trained(const std::string& adapter, int64_t epochs) {
  testing::NodeRun run("encoding.train");
  run.set("embedding", 12).set("channels", 8).set("dropout", 0.1).set("adapter", adapter);
  run.set("epochs", epochs).set("batch", 16).set("shift_px", 0).set("voxels_per_image", 6).set("rate", 0.01);
  run.in("backbone", small_backbone());
  with(run, make_world(160, 0, "train", 0.5, 1), make_world(40, 1000, "validation", 0.5, 2)).run();
  return run;
}

}  // namespace

TEST_CASE("a trained encoder predicts responses to new images of every subject", "[encoding][train]") {
  auto run = trained("none", 16);
  const auto scores = run.out<Table>("scores");
  // Signal 1, noise .5: a perfect encoder reaches r = 1 / sqrt(1.25) = .89; chance over 40 images is .16 (one sd).
  CHECK(cell(scores, "subj1", "median_r") > 0.6);
  CHECK(cell(scores, "subj2", "median_r") > 0.6);
  CHECK(scores.split == "validation");

  const auto world = make_world(4, 5000, "external", 0.0, 9);
  testing::NodeRun predict("encoding.predict");
  predict.in("model", run.out<Model>("model")).in("table", run.out<VoxelTable>("table"));
  predict.in("images", world.images).in("voxels", world.voxels).set("batch", 3).run();
  const auto predicted = predict.out<Betas>("betas");
  CHECK(predicted.predicted);
  CHECK(predicted.split == "external");
  REQUIRE(predicted.subjects.size() == 2);
  CHECK(predicted.subjects[1].betas.sizes() == at::IntArrayRef({8, 8}));

  SECTION("a view holds the recipe and no numbers") {
    const auto view = predict.set("materialize", "recompute").run().out<Betas>("betas");
    CHECK(view.subjects.empty());
    REQUIRE(view.views.size() == 1);
    CHECK(view.views[0].batch == 3);
    CHECK(view.id_space == "test");
  }
  SECTION("the model names the images it was trained on") {
    const auto model = run.out<Model>("model");
    CHECK(model.trained_on.numel() == 320);
    CHECK(model.trained_space == "test");
    CHECK(model.weights.count("map_att.1.project_x.weight") == 1);
    CHECK(model.weights.count("pos_embed_256") == 1);  // 16 x 16 and 8 x 8: a table each
    CHECK(model.weights.count("pos_embed_64") == 1);
  }
  SECTION("residual noise has about the variance it was measured with") {
    const auto held_out = make_world(200, 20000, "validation", 0.5, 4);
    testing::NodeRun residuals("encoding.residuals");
    residuals.in("model", run.out<Model>("model")).in("table", run.out<VoxelTable>("table"));
    residuals.in("betas", held_out.betas).in("images", held_out.images).in("voxels", held_out.voxels);
    const auto noise = residuals.set("rank", 2).run().out<VoxelTable>("noise");
    REQUIRE(noise.rows.sizes() == at::IntArrayRef({13, 3}));
    const auto many = make_world(600, 40000, "external", 0.0, 5);
    testing::NodeRun drawn("encoding.predict");
    drawn.in("model", run.out<Model>("model")).in("table", run.out<VoxelTable>("table"));
    drawn.in("images", many.images).in("voxels", many.voxels);
    const auto clean = drawn.run().out<Betas>("betas").subjects[1].betas;
    const auto noisy = drawn.in("noise", noise).run().out<Betas>("betas").subjects[1].betas;
    // 1200 draws: the variance has a relative sd of sqrt(2 / 1200) = 4 %; five of them.
    const auto expected = noise.rows.narrow(0, 5, 8).square().sum(1);
    CHECK(((noisy - clean).var(0, true) / expected - 1).abs().max().item<double>() < 0.2);

    testing::NodeRun fitted("encoding.residuals");
    const auto seen = make_world(160, 0, "train", 0.5, 1);
    fitted.in("model", run.out<Model>("model")).in("table", run.out<VoxelTable>("table"));
    fitted.in("betas", seen.betas).in("images", seen.images).in("voxels", seen.voxels);
    CHECK_THROWS_WITH(fitted.run(), Catch::Matchers::ContainsSubstring("were seen in training"));
  }
  SECTION("new voxels find their rows by the trained encoder alone") {
    testing::NodeRun transfer("encoding.transfer");
    transfer.set("epochs", 10).set("batch", 16).set("shift_px", 0).set("rate", 0.02);
    transfer.in("model", run.out<Model>("model"));
    with(transfer, make_world(100, 30000, "train", 0.5, 6), make_world(40, 1000, "validation", 0.5, 2)).run();
    CHECK(cell(transfer.out<Table>("scores"), "subj2", "median_r") > 0.6);
  }
}

TEST_CASE("training twice gives the same bits, another seed others", "[encoding][train]") {
  auto first = trained("block_residual", 1), second = trained("block_residual", 1);
  CHECK(first.out<VoxelTable>("table").rows.equal(second.out<VoxelTable>("table").rows));
  CHECK(first.out<Model>("model").weights.at("lora_B.0.weight").abs().max().item<double>() > 0.0);
  second.seed(1).run();
  CHECK_FALSE(first.out<VoxelTable>("table").rows.equal(second.out<VoxelTable>("table").rows));
}

TEST_CASE("voxels that were never measured have zero rows and are warned about", "[encoding][train]") {
  auto world = make_world(20, 0, "train", 0.5, 1);
  world.betas.subjects[0].betas.select(1, 3).fill_(std::nan(""));
  testing::NodeRun run("encoding.train");
  run.set("embedding", 4).set("channels", 3).set("epochs", 1).set("batch", 10).set("shift_px", 1);
  run.in("betas", world.betas).in("images", world.images).in("voxels", world.voxels).in("backbone", small_backbone());
  run.run();
  const auto length = run.out<VoxelTable>("table").rows.square().sum(1);
  CHECK(length[3].item<double>() == 0.0);
  CHECK(length[4].item<double>() > 0.0);
  REQUIRE(run.warnings().size() == 1);
  CHECK(run.warnings()[0].rfind("1 voxels", 0) == 0);
  CHECK(run.out<Table>("scores").rows.empty());
}

TEST_CASE("an encoder trained on responses in files has the bits of one trained on responses in memory", "[encoding][train]") {
  const testing::ScratchFolder folder;
  World first = make_world(30, 0, "train", 0.5, 1);
  const World second = make_world(17, 500, "train", 0.5, 2), validation = make_world(12, 1000, "validation", 0.5, 3);
  first.betas.subjects[1].betas[4][2] = std::nanf("");
  const auto trained_on = [&](const Betas& a, const Betas& b, const std::string& measured) {
    testing::NodeRun run("encoding.train");
    run.set("embedding", 6).set("channels", 3).set("epochs", 2).set("batch", 9).set("shift_px", 1).set("voxels_per_image", 4).set("measured", measured);
    run.in("betas", a).in("betas", b).in("images", first.images).in("images", second.images).in("voxels", first.voxels).in("backbone", small_backbone());
    run.in("validation", validation.betas).in("validation_images", validation.images).run();
    REQUIRE(run.warnings().size() == 1);
    CHECK(run.warnings()[0].rfind("1 voxels", 0) == 0);
    return run.out<VoxelTable>("table").rows;
  };
  const at::Tensor rows = trained_on(first.betas, second.betas, "held");
  const Betas a = testing::in_files(folder, first.betas, "a"), b = testing::in_files(folder, second.betas, "b");
  CHECK(trained_on(a, b, "held").equal(rows));
  CHECK(trained_on(a, b, "drawn").equal(rows));
  CHECK(trained_on(a, second.betas, "drawn").equal(rows));
}

TEST_CASE("an adapter inside attention is refused by a backbone without attention", "[encoding][universal]") {
  CHECK_THROWS_WITH(trained("attn_out", 1), Catch::Matchers::ContainsSubstring("needs a backbone with attention"));
}

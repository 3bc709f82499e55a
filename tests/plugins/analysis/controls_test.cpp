#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

at::Tensor noise(at::IntArrayRef shape, int64_t index) { return Rng(21, "test", "controls", 0, index).normal(shape); }

Images images(int64_t count, int64_t first_id, int64_t index, const std::string& split) {
  return {noise({count, 3, 9, 10}, index).sigmoid(), at::arange(first_id, first_id + count, at::kLong),
          at::arange(count, at::kLong) % 3, "toy", split};
}

/// Two subjects, `repeats` trials of each image: signal + noise of the given size, voxels 4 and 6.
Betas betas(int64_t count, int64_t repeats, double noise_sd) {
  Betas all{.id_space = "toy", .split = "validation"};
  for (int64_t s = 0, first = 0; s < 2; ++s) {
    const int64_t voxels = 4 + 2 * s;
    const at::Tensor signal = noise({count, voxels}, 30 + s);
    const at::Tensor trials = signal.repeat({repeats, 1}) + noise_sd * noise({repeats * count, voxels}, 40 + s);
    all.subjects.push_back({"subj0" + std::to_string(s + 1), first, trials, at::arange(count, at::kLong).repeat({repeats}),
                            at::arange(repeats, at::kLong).repeat_interleave(count), at::zeros({repeats * count}, at::kLong)});
    first += voxels;
  }
  return all;
}

double cell(const Table& table, size_t row, const std::string& column) { return std::get<double>(table.rows.at(row).cells.at(column)); }

}  // namespace

TEST_CASE("the mean image is the same for every seen image, and the training mean", "[analysis][mean_image]") {
  const Images training = images(7, 0, 1, "train"), seen = images(4, 50, 2, "test");
  testing::NodeRun run("analysis.mean_image");
  const Images mean = run.in("training", training).in("seen", seen).run().out<Images>("images");
  CHECK(at::equal(mean.image_id, seen.image_id));
  CHECK(mean.split == "test");
  for (int64_t i = 0; i < 4; ++i) CHECK(at::allclose(mean.pixels[i], training.pixels.mean(0), 0, 1e-6));
}

TEST_CASE("test images cannot be averaged", "[analysis][mean_image]") {
  testing::NodeRun run("analysis.mean_image");
  run.in("training", images(7, 0, 1, "test")).in("seen", images(4, 50, 2, "test"));
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("got a value of split 'test'"));
}

TEST_CASE("category means average their category; an unknown one is said and takes all", "[analysis][category_mean]") {
  const Images training = images(8, 0, 1, "train");
  Images seen = images(3, 50, 2, "test");
  seen.category = at::tensor({1, 9, -1}, at::kLong);
  testing::NodeRun run("analysis.category_mean");
  const Images means = run.in("training", training).in("seen", seen).run().out<Images>("images");
  const at::Tensor members = at::tensor({1, 4, 7}, at::kLong);
  CHECK(at::allclose(means.pixels[0], training.pixels.index_select(0, members).mean(0), 0, 1e-6));
  CHECK(at::allclose(means.pixels[1], training.pixels.mean(0), 0, 1e-6));
  CHECK(run.warnings().size() == 2);
}

TEST_CASE("the nearest training image is found through its features and stands under the seen id",
          "[analysis][nearest_training_image]") {
  const Images training = images(6, 0, 1, "train");
  const at::Tensor order = at::tensor({3, 0, 5, 1, 4, 2}, at::kLong);  // features in another order than the images
  const at::Tensor tokens = noise({6, 4, 5}, 3);
  const Features known{{{"deep", tokens.index_select(0, order), 2, 2}, {"unused", noise({6, 1, 2}, 4), 0, 0}},
                       order, "toy", "train", "net"};
  const at::Tensor wanted = at::tensor({2, 2, 5}, at::kLong);
  const Features predicted{{{"deep", 3 * tokens.index_select(0, wanted) + 0.1 * noise({3, 4, 5}, 5) + 1, 2, 2}},
                           at::tensor({70, 71, 70}, at::kLong), "toy", "test", "net"};
  testing::NodeRun run("analysis.nearest_training_image");
  run.in("predicted", predicted).in("training", known).in("training_images", training);
  const Images found = run.run().out<Images>("images");
  CHECK(at::equal(found.pixels, training.select(wanted).pixels));
  CHECK(at::equal(found.image_id, predicted.image_id));
  CHECK(found.split == "test");
}

TEST_CASE("features without their image, or without a shared layer, are named", "[analysis][nearest_training_image]") {
  const at::Tensor tokens = noise({3, 2, 5}, 3);
  const Features known{{{"deep", tokens, 1, 2}}, at::tensor({0, 1, 99}, at::kLong), "toy", "train", "net"};
  Features predicted = known;
  testing::NodeRun run("analysis.nearest_training_image");
  run.in("predicted", predicted).in("training", known).in("training_images", images(6, 0, 1, "train"));
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("image 99 has features but is not among"));
  predicted.layers[0].name = "other";
  testing::NodeRun apart("analysis.nearest_training_image");
  apart.in("predicted", predicted).in("training", known).in("training_images", images(6, 0, 1, "train"));
  CHECK_THROWS_WITH(apart.run(), ContainsSubstring("share no layer"));
}

TEST_CASE("shuffled betas keep responses and repeats together under other ids", "[analysis][shuffle_betas]") {
  const Betas before = betas(11, 3, 0.5);
  testing::NodeRun run("analysis.shuffle_betas");
  const Betas after = run.in("betas", before).run().out<Betas>("betas");
  for (size_t s = 0; s < 2; ++s) {
    const at::Tensor ids = after.subjects[s].image_id.view({3, 11});
    CHECK(at::equal(after.subjects[s].betas, before.subjects[s].betas));
    CHECK(at::equal(ids[0], ids[1]));  // repeats of one image still share an id
    CHECK(at::equal(ids[0], ids[2]));
    CHECK(at::equal(std::get<0>(ids[0].sort()), at::arange(11, at::kLong)));
    CHECK_FALSE(at::equal(ids[0], at::arange(11, at::kLong)));
  }
  CHECK_FALSE(at::equal(after.subjects[0].image_id, after.subjects[1].image_id));
}

TEST_CASE("noise has the mean and covariance of the responses and none of their images", "[analysis][noise_betas]") {
  Betas before = betas(1500, 1, 0.0);
  auto& trials = before.subjects[0].betas;                      // [1500, 4]
  trials = trials.matmul(noise({4, 4}, 50)) + 2;                // correlated voxels
  trials[3][1] = std::nanf("");
  testing::NodeRun run("analysis.noise_betas");
  const at::Tensor noise_rows = run.in("betas", before).run().out<Betas>("betas").subjects[0].betas;
  CHECK(std::isnan(noise_rows[3][1].item<float>()));
  const at::Tensor a = trials.slice(0, 4), b = noise_rows.slice(0, 4);
  const auto covariance = [](const at::Tensor& x) {
    const at::Tensor centred = x - x.mean(0, true);
    return centred.t().matmul(centred) / static_cast<double>(x.size(0));
  };
  // The covariance of n draws has relative error about sqrt(2 / n) = .037; four of those.
  const double scale = covariance(a).abs().max().item<double>();
  CHECK((covariance(a) - covariance(b)).abs().max().item<double>() < 4 * 0.037 * scale);
  CHECK((a.mean(0) - b.mean(0)).abs().max().item<double>() < 4 * std::sqrt(scale / 1500));
  const at::Tensor alike = ((a - a.mean(0)) * (b - b.mean(0))).mean();
  CHECK(std::abs(alike.item<double>()) < 4 * scale / std::sqrt(4.0 * 1500));
}

TEST_CASE("the repeat ceiling is the closed form of signal and noise", "[analysis][repeat_ceiling]") {
  // Signal variance 1, noise variance 1: one trial has reliability 1/2, four averaged 4/5, ceiling sqrt(.8).
  testing::NodeRun run("analysis.repeat_ceiling");
  const Table table = run.in("betas", betas(2000, 4, 1.0)).run().out<Table>("table");
  CHECK(cell(table, 0, "reliability_median") == Approx(2.0 / 3).margin(0.05));  // halves of two trials
  CHECK(cell(table, 1, "ceiling_median") == Approx(std::sqrt(0.8)).margin(0.03));
  CHECK(cell(table, 0, "repeats") == 4);
  CHECK(cell(table, 1, "voxels") == 6);
  CHECK(cell(table, 1, "two_way_halves") > 0.8);
}

TEST_CASE("responses without repeats have no ceiling, and that is said", "[analysis][repeat_ceiling]") {
  testing::NodeRun run("analysis.repeat_ceiling");
  const Table table = run.in("betas", betas(9, 1, 1.0)).run().out<Table>("table");
  CHECK(table.rows.at(0).cells.count("ceiling_median") == 0);
  REQUIRE(run.warnings().size() == 2);
  CHECK_THAT(run.warnings()[0], ContainsSubstring("subj01: no ceiling"));
}

TEST_CASE("copies of scored images are counted by id, by pixel and by likeness", "[analysis][copy_check]") {
  const Images seen = images(5, 100, 1, "test");
  Images training = images(20, 0, 2, "train");
  training.pixels[3].copy_(seen.pixels[2]);                                  // an exact copy under another id
  training.pixels[4].copy_((0.9 * seen.pixels[0] + 0.02).clamp(0, 1));       // a darker one
  training.image_id[7] = 104;                                                // the same id
  testing::NodeRun run("analysis.copy_check");
  run.set("names", {"planted", "clean"}).in("seen", seen).in("training", training).in("training", images(20, 0, 3, "train"));
  const Table table = run.run().out<Table>("table");
  CHECK(cell(table, 0, "same_id") == 1);
  CHECK(cell(table, 0, "same_pixels") == 1);
  CHECK(cell(table, 0, "near_copies") == 2);
  CHECK(cell(table, 1, "near_copies") == 0);
  CHECK(cell(table, 1, "nearest_r") < 0.5);
  REQUIRE(run.warnings().size() == 1);
  CHECK_THAT(run.warnings()[0], ContainsSubstring("3 scored images stand in 'planted' too"));
}

TEST_CASE("effective dimension counts the directions predictions vary in", "[analysis][copy_check]") {
  const at::Tensor axes = at::eye(6).repeat({20, 1}) * at::tensor({1., -1.}).repeat(60).unsqueeze(1);  // [120, 6]: +-e_i
  const at::Tensor signs = at::cat({axes, -axes});
  const Features predicted{{{"deep", signs.unsqueeze(1), 1, 1}}, at::arange(240, at::kLong), "toy", "test", "net"};
  testing::NodeRun run("analysis.copy_check");
  run.in("seen", images(5, 100, 1, "test")).in("training", images(8, 0, 2, "train")).in("predicted", predicted);
  CHECK(cell(run.run().out<Table>("table"), 1, "effective_dimension") == Approx(6));
}

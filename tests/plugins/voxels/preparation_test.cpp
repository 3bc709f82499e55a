// Preparation of responses in memory: closed forms, and what each node refuses and writes down.
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

at::Tensor flags(std::vector<int64_t> values) { return at::tensor(values, at::kLong).to(at::kBool); }  // 1.13 makes no bool tensors

at::Tensor whole(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

/// Two subjects of 2 and 3 voxels; `image` and `session` of every trial.
Betas trials(const std::string& split, const std::vector<int64_t>& image, const std::vector<int64_t>& session, const std::string& draw) {
  const auto count = static_cast<int64_t>(image.size());
  const at::Tensor all = Rng(4, "preparation_test", draw, 0, 0).normal({count, 5}), none = at::full({count}, -1, at::kLong);
  return {.subjects = {{"S1", 0, all.slice(1, 0, 2).contiguous(), whole(image), none, whole(session)}, {"S2", 2, all.slice(1, 2, 5).contiguous(), whole(image), none, whole(session)}},
          .id_space = "set", .split = split};
}

Voxels voxels() {
  const at::Tensor none = at::full({5}, -1, at::kLong);
  Voxels all{.subject = whole({0, 0, 1, 1, 1}), .position = at::zeros({5, 3}), .hemisphere = none, .roi = whole({0, 1, 0, 1, -1}), .parcel = none,
             .ncsnr = at::tensor({0.1f, 0.5f, 0.6f, std::nanf(""), 0.7f}), .subjects = {"S1", "S2"}, .roi_names = {"V1", "V2"}};
  all.mask_names = {"faces"};
  all.masks = flags({0, 1, 0, 0, 1}).unsqueeze(0);
  return all;
}

}  // namespace

TEST_CASE("a session's training trials have mean 0 and sd 1; test trials take their statistics", "[voxels][zscore]") {
  const Betas train = trials("train", {1, 2, 3, 4, 5, 6, 7}, {0, 0, 0, 1, 1, 1, 1}, "a"), test = trials("test", {8, 9}, {1, 0}, "b");
  testing::NodeRun run("voxels.zscore");
  run.in("betas", train).in("test", test).run();
  CHECK(run.warnings().empty());
  const auto z = run.out<Betas>("betas").subjects[1].betas, scored = run.out<Betas>("test").subjects[1].betas;
  for (const auto& [begin, end] : {std::pair<int64_t, int64_t>{0, 3}, {3, 7}}) {
    CHECK(z.slice(0, begin, end).mean(0).abs().max().item<float>() < 1e-6f);  // a few roundings of float32
    CHECK((z.slice(0, begin, end).square().mean(0) - 1).abs().max().item<float>() < 1e-5f);
  }
  const at::Tensor first = train.subjects[1].betas.slice(0, 0, 3), mean = first.mean(0), sd = first.std(0, false);
  CHECK(scored[1].allclose((test.subjects[1].betas[1] - mean) / sd, 1e-5, 1e-6));
  CHECK(run.out<Betas>("validation").subjects.empty());
  CHECK(run.out<Betas>("test").split == "test");
  CHECK(run.out<Betas>("betas").done.back() == Json({{"what", "zscore"}, {"stats", "train"}, {"within", "session"}, {"ddof", 0}}));
}

TEST_CASE("the scale of a voxel's responses does not matter", "[voxels][zscore]") {
  const auto z = [](double gain) {
    Betas train = trials("train", {1, 2, 3, 4, 5}, {0, 0, 0, 1, 1}, "a");
    for (auto& subject : train.subjects) subject.betas.select(1, 0).mul_(gain);
    testing::NodeRun run("voxels.zscore");
    return run.in("betas", train).run().out<Betas>("betas").subjects[1].betas;
  };
  CHECK(z(1).allclose(z(300), 1e-5, 1e-5));
}

TEST_CASE("statistics of all trials see test trials, and say so", "[voxels][zscore]") {
  const Betas train = trials("train", {1, 2, 3}, {0, 0, 0}, "a"), test = trials("test", {8, 9}, {0, 0}, "b");
  testing::NodeRun run("voxels.zscore");
  run.set("stats", "all").in("betas", train).in("test", test).run();
  REQUIRE(run.warnings().size() == 1);
  CHECK_THAT(run.warnings()[0], ContainsSubstring("transductive"));
  const at::Tensor all = at::cat({run.out<Betas>("betas").subjects[0].betas, run.out<Betas>("test").subjects[0].betas});
  CHECK(all.mean(0).abs().max().item<float>() < 1e-6f);
}

TEST_CASE("constant voxels become 0, NaN stays NaN, and a session nobody trained in is refused", "[voxels][zscore]") {
  Betas train = trials("train", {1, 2, 3}, {0, 0, 0}, "a");
  train.subjects[0].betas.select(1, 0).fill_(3.5);
  train.subjects[0].betas[1][1] = std::nan("");
  testing::NodeRun run("voxels.zscore");
  const auto z = run.in("betas", train).run().out<Betas>("betas").subjects[0].betas;
  CHECK(z.select(1, 0).eq(0).all().item<bool>());
  CHECK(z.isnan().sum().item<int64_t>() == 1);
  testing::NodeRun other("voxels.zscore");
  other.in("betas", train).in("test", trials("test", {8}, {4}, "b"));
  CHECK_THROWS_WITH(other.run(), ContainsSubstring("S1 has trials of a session without training trials"));
  testing::NodeRun leak("voxels.zscore");
  leak.in("betas", trials("test", {8, 9}, {0, 0}, "b"));
  CHECK_THROWS_WITH(leak.run(), ContainsSubstring("fits to its data, but got a value of split 'test'"));
}

TEST_CASE("averages are means over the repeats that were measured, images ascending", "[voxels][average]") {
  Betas train = trials("train", {7, 2, 7, 7, 2}, {0, 0, 0, 1, 1}, "a");
  train.subjects[0].betas[2][0] = std::nan("");
  train.subjects[0].betas.select(1, 1).fill_(std::nan(""));
  testing::NodeRun run("voxels.average");
  const auto mean = run.in("betas", train).run().out<Betas>("betas").subjects[0];
  CHECK(mean.image_id.equal(whole({2, 7})));
  const at::Tensor& x = train.subjects[0].betas;
  CHECK(mean.betas[1][0].item<float>() == Approx((x[0][0] + x[3][0]).item<float>() / 2));
  CHECK(mean.betas.select(1, 1).isnan().all().item<bool>());
  CHECK(mean.repeat.eq(-1).all().item<bool>());
  testing::NodeRun zero("voxels.average");
  zero.set("nan", "zero").set("trials", 1).in("betas", train).run();
  CHECK(zero.out<Betas>("betas").subjects[0].betas[1].equal(at::stack({x[0][0], at::zeros({})})));
  REQUIRE(zero.warnings().size() == 1);
  CHECK_THAT(zero.warnings()[0], ContainsSubstring("2 averages were NaN in every repeat"));
}

TEST_CASE("regions, overlapping ones too, and an ncsnr choose voxels of every subject", "[voxels][region]") {
  testing::NodeRun run("voxels.region");
  run.set("regions", {"V1", "faces"}).set("ncsnr", 0.4).in("voxels", voxels()).in("betas", trials("train", {1, 2}, {0, 0}, "a")).run();
  const auto left = run.out<Voxels>("voxels");
  CHECK(left.ncsnr.equal(at::tensor({0.5f, 0.6f, 0.7f})));
  const auto betas = run.out<Betas>("betas");
  CHECK(betas.subjects[0].betas.equal(trials("train", {1, 2}, {0, 0}, "a").subjects[0].betas.slice(1, 1, 2)));
  CHECK(betas.subjects[1].first_voxel == 1);
  CHECK(left.region("faces").equal(flags({1, 0, 1})));
  testing::NodeRun wrong("voxels.region");
  wrong.set("regions", {"V3"}).in("voxels", voxels()).in("betas", trials("train", {1}, {0}, "a"));
  CHECK_THROWS_WITH(wrong.run(), ContainsSubstring("there is no region 'V3'; there are faces, V1, V2"));
}

TEST_CASE("reliability is the correlation of odd and even repeats over images", "[voxels][reliability]") {
  const std::vector<int64_t> image = {1, 1, 2, 2, 3, 3, 4}, session(7, 0);
  Betas train = trials("train", image, session, "a");
  at::Tensor& x = train.subjects[0].betas;
  for (const int64_t pair : {0, 2, 4}) x[pair + 1][0] = x[pair][0] * 2 + 1;  // r = 1
  for (const int64_t pair : {0, 2, 4}) x[pair + 1][1] = -x[pair][1];         // r = -1
  testing::NodeRun run("voxels.reliability");
  const auto score = run.in("betas", train).run().out<Tensor>("score");
  CHECK(score[0].item<float>() == Approx(1));
  CHECK(score[1].item<float>() == Approx(-1));
  CHECK(score.size(0) == 5);
}

TEST_CASE("fewer subjects renumber voxels; fewer trials are the first ones", "[voxels][take]") {
  const Betas train = trials("train", {1, 2, 3, 4}, {0, 0, 1, 1}, "a");
  testing::NodeRun run("voxels.take");
  run.set("without", {"S1"}).set("sessions", 1).in("betas", train).in("voxels", voxels()).run();
  const auto left = run.out<Betas>("betas");
  REQUIRE(left.subjects.size() == 1);
  CHECK(left.subjects[0].first_voxel == 0);
  CHECK(left.subjects[0].betas.equal(train.subjects[1].betas.slice(0, 0, 2)));
  CHECK(run.out<Voxels>("voxels").subject.eq(0).all().item<bool>());
  CHECK(run.out<Voxels>("voxels").subjects == std::vector<std::string>{"S2"});
  testing::NodeRun scored("voxels.take");
  scored.set("subjects", {"S2"}).set("renumber", false).in("betas", train).in("voxels", voxels()).run();
  CHECK(scored.out<Betas>("betas").subjects[0].first_voxel == train.subjects[1].first_voxel);
  CHECK(scored.out<Voxels>("voxels").size() == voxels().size());
  testing::NodeRun more("voxels.take");
  more.set("trials", 5).in("betas", train).in("voxels", voxels());
  CHECK_THROWS_WITH(more.run(), ContainsSubstring("S1 has 4 trials, expected at least 5"));
  testing::NodeRun unknown("voxels.take");
  unknown.set("subjects", {"S3"}).in("betas", train).in("voxels", voxels());
  CHECK_THROWS_WITH(unknown.run(), ContainsSubstring("there is no subject 'S3'"));
}

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

using namespace bgraph;

namespace {

/// Subjects of 3 and 4 voxels; the response of global voxel v in trial n is 10 n + v.
Voxels voxels() {
  const at::Tensor none = at::full({7}, -1, at::kLong);
  return {.subject = at::tensor(std::vector<int64_t>{0, 0, 0, 1, 1, 1, 1}), .position = at::zeros({7, 3}),
          .hemisphere = none, .roi = at::arange(7), .parcel = none, .ncsnr = at::zeros({7}),
          .subjects = {"S1", "S2"}, .roi_names = {"a", "b", "c", "d", "e", "f", "g"}};
}

Betas trials(int64_t count, const std::string& split) {
  const at::Tensor all = at::arange(count).mul(10).unsqueeze(1) + at::arange(7).unsqueeze(0), id = at::arange(count);
  return {.subjects = {{"S1", 0, all.slice(1, 0, 3).to(at::kFloat), id, id, id},
                       {"S2", 3, all.slice(1, 3, 7).to(at::kFloat), id, id, id}},
          .id_space = "set", .split = split};
}

testing::NodeRun kept(const std::vector<float>& score, int64_t count) {
  testing::NodeRun run("voxels.keep");
  run.set("count", count).in("score", Tensor(at::tensor(score), {"V"})).in("voxels", voxels());
  run.in("betas", trials(5, "train")).in("scored", trials(2, "test")).run();
  return run;
}

}  // namespace

TEST_CASE("the best voxels stay, in their order and with their responses", "[voxels][keep]") {
  const auto run = kept({0.1f, 0.9f, std::nanf(""), 0.2f, 0.8f, -1.0f, 0.7f}, 3);
  const auto left = run.out<Voxels>("voxels");
  CHECK(left.roi.equal(at::tensor(std::vector<int64_t>{1, 4, 6})));
  CHECK(left.subject.equal(at::tensor(std::vector<int64_t>{0, 1, 1})));
  const auto betas = run.out<Betas>("betas"), scored = run.out<Betas>("scored");
  CHECK(betas.subjects[0].betas.equal(at::arange(5).mul(10).add(1).unsqueeze(1).to(at::kFloat)));
  CHECK(betas.subjects[1].first_voxel == 1);
  CHECK(scored.subjects[1].betas.equal(at::tensor(std::vector<float>{4, 6, 14, 16}).view({2, 2})));
  CHECK(scored.split == "test");
}

TEST_CASE("more voxels than there are keeps all", "[voxels][keep]") {
  CHECK(kept({1, 2, 3, 4, 5, 6, 7}, 100).out<Voxels>("voxels").size() == 7);
}

TEST_CASE("a number of voxels chosen elsewhere takes the place of the parameter", "[voxels][keep]") {
  Table choice{.title = "constants"};
  choice.column("voxels");
  choice.row("chosen").cells = {{"voxels", 2.0}};
  testing::NodeRun run("voxels.keep");
  run.in("score", Tensor(at::arange(7).to(at::kFloat), {"V"})).in("voxels", voxels()).in("choice", choice);
  CHECK(run.in("betas", trials(5, "train")).in("scored", trials(2, "test")).run().out<Voxels>("voxels").size() == 2);
}

TEST_CASE("scores of another number of voxels are refused", "[voxels][keep]") {
  CHECK_THROWS_WITH(kept({1, 2}, 1), Catch::Matchers::ContainsSubstring("'score' has 2 voxels, 'voxels' has 7"));
}

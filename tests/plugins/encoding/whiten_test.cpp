#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;

namespace {

constexpr int64_t kVoxels = 6, kRank = 2, kTrials = 5, kHeld = 3;

at::Tensor draw(const char* purpose, at::IntArrayRef shape) { return Rng(4, "whiten_test", purpose, 0, 0).normal(shape); }

Betas trials(const char* purpose, int64_t count, const std::string& split) {
  const at::Tensor id = at::arange(count);
  return {.subjects = {{"S1", 0, draw(purpose, {count, kVoxels}), id, id, id}}, .id_space = "set", .split = split};
}

struct Setting {
  VoxelTable table{draw("table", {kVoxels, 4}), "voxels"};
  VoxelTable noise{at::cat({0.5 + draw("sd", {kVoxels, 1}).abs(), draw("loadings", {kVoxels, kRank})}, 1), "voxels"};
  Betas betas = trials("betas", kTrials, "train"), scored = trials("scored", kHeld, "test");

  testing::NodeRun run(double deviation) const {
    testing::NodeRun node("encoding.whiten");
    node.set("deviation", deviation).in("table", table).in("noise", noise).in("betas", betas).in("scored", scored).run();
    return node;
  }
};

}  // namespace

TEST_CASE("recombined voxels say of an image what the old ones said", "[encoding][whiten]") {
  const Setting s;
  const double d = 3;
  const auto run = s.run(d);
  const at::Tensor loadings = s.noise.rows.slice(1, 1);
  const at::Tensor covariance = at::diag(s.noise.rows.select(1, 0).square()) + loadings.matmul(loadings.t());
  const at::Tensor statistic = s.scored.subjects[0].betas.matmul(at::linalg_solve(covariance, s.table.rows));  // y S^-1 A
  const at::Tensor noise = run.out<VoxelTable>("noise").rows;
  CHECK(noise.equal(at::full({kVoxels, 1}, d)));
  const at::Tensor white = run.out<Betas>("scored").subjects[0].betas.matmul(run.out<VoxelTable>("table").rows) / (d * d);
  CHECK((white - statistic).abs().max().item<float>() < 1e-4f);  // float32, six voxels of size 1
  CHECK(run.out<Betas>("scored").split == "test");
}

TEST_CASE("a voxel with a NaN stays as it is and spoils no other", "[encoding][whiten]") {
  Setting s;
  s.scored.subjects[0].betas[1][2] = std::nanf("");
  const auto run = s.run(1);
  const at::Tensor train = run.out<Betas>("betas").subjects[0].betas, held = run.out<Betas>("scored").subjects[0].betas;
  CHECK(train.select(1, 2).equal(s.betas.subjects[0].betas.select(1, 2)));
  CHECK(held.isnan().sum().item<int64_t>() == 1);
}

// analysis.brain_facts on brains whose facts are known by construction.

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::WithinAbs;

namespace {

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::TensorOptions().dtype(at::kLong)); }

}  // namespace

TEST_CASE("facts of two voxels, one reliable and one not, are those of their construction", "[analysis][brain_facts]") {
  constexpr int64_t kImages = 400;
  Rng rng(0, "test", "facts", 0, 0);
  const at::Tensor signal = rng.normal({kImages, 1}), noise = rng.normal({2 * kImages, 1});
  Betas betas;
  betas.split = "train", betas.id_space = "toy";
  const at::Tensor ids = at::arange(kImages, at::TensorOptions().dtype(at::kLong));
  betas.subjects.push_back({"toy01", 0, at::cat({signal.repeat({2, 1}), noise}, 1), ids.repeat({2}),
                            at::cat({at::zeros_like(ids), at::ones_like(ids)}), at::zeros({2 * kImages}, ids.options())});
  Voxels voxels{longs({0, 0}), at::zeros({2, 3}), longs({0, 1}), longs({0, -1}), longs({0, 0}),
                at::tensor({1.0F, 0.0F}), {"toy01"}, {"V1v"}, {"LH_01"}, "toy-sheet"};
  testing::NodeRun run("analysis.brain_facts");
  run.in("betas", betas).in("voxels", voxels).in("prf", Tensor(at::tensor({1.0F, 0.0F, 1.0F, 1.0F, 0.0F, 1.0F}).reshape({2, 3})));
  Table facts = run.run().out<Table>("facts");
  const auto fact = [&](const std::string& name) { return std::get<double>(facts.row(name).cells.at("toy01")); };
  REQUIRE(fact("voxels") == 2);
  REQUIRE(fact("voxels in a named area") == 50);
  REQUIRE_THAT(fact("ncsnr, percentile 50"), WithinAbs(0.5, 1e-6));
  REQUIRE_THAT(fact("noise ceiling, 3 repeats, median"), WithinAbs(37.5, 1e-4));  // half of 75
  REQUIRE_THAT(fact("split-half reliability, median"), WithinAbs(0.5, 2.5 / std::sqrt(1.0 * kImages)));
  REQUIRE(fact("receptive fields in the contralateral field") == 50);  // the right voxel looks right
}

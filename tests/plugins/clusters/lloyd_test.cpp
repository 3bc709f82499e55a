#include "lloyd.h"
#include "voxel_rows.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

using namespace bgraph;
using namespace bgraph::clusters;

TEST_CASE("well separated groups are found from any seed", "[clusters][lloyd]") {
  const int64_t seed = GENERATE(0, 1, 2, 3, 4);
  Rng rng(seed, "test", "rows", 0, 0);
  const auto truth = at::arange(60, at::kLong).remainder(4);
  const auto corners = at::tensor({0.0, 0.0, 0.0, 100.0, 100.0, 0.0, 100.0, 100.0}).view({4, 2});
  const auto rows = corners.index_select(0, truth) + rng.normal({60, 2}).to(at::kDouble);
  const auto found = lloyd(rows, spread_centres(rows, 4, rng));
  for (int64_t k = 0; k < 4; ++k)  // one label per corner, and one corner per label
    CHECK(std::get<0>(at::_unique(found.label.masked_select(truth.eq(k)))).numel() == 1);
  CHECK(std::get<0>(at::_unique(found.label)).numel() == 4);
}

TEST_CASE("every row is nearest to the mean of its own cluster", "[clusters][lloyd]") {
  Rng rng(8, "test", "rows", 0, 0);
  const auto rows = rng.normal({211, 3}).to(at::kDouble);
  const auto found = lloyd(rows, spread_centres(rows, 7, rng));
  double inertia = 0;
  for (int64_t k = 0; k < 7; ++k) {
    const auto members = rows.index_select(0, found.label.eq(k).nonzero().flatten());
    CHECK((found.centres[k] - members.mean(0)).abs().max().item<double>() < 1e-12);
    inertia += (members - found.centres[k]).square().sum().item<double>();
  }
  CHECK(at::cdist(rows, found.centres).argmin(1).equal(found.label));
  CHECK(found.inertia == Approx(inertia));
}

TEST_CASE("a cluster without rows is put on the farthest row", "[clusters][lloyd]") {
  const auto rows = at::tensor({0.0, 1.0, 2.0, 50.0}).view({4, 1});
  const auto found = lloyd(rows, at::tensor({1.0, 1000.0}).view({2, 1}));
  CHECK(found.label.equal(at::tensor({0, 0, 0, 1}, at::kLong)));
}

TEST_CASE("more clusters than different rows are refused", "[clusters][lloyd]") {
  const auto rows = at::tensor({1.0, 1.0, 2.0}).view({3, 1});
  CHECK_THROWS_WITH(spread_centres(rows, 3, Rng(0, "test", "x", 0, 0)),
                    Catch::Matchers::ContainsSubstring("only 2 different rows"));
}

TEST_CASE("rows have length one; zero and unfinite ones are set aside", "[clusters][voxel_rows]") {
  const auto table = at::tensor({3.f, 4.f, 0.f, 0.f, std::nanf(""), 1.f, -2.f, 0.f}).view({4, 2});
  const auto voxels = unit_rows(table);
  CHECK(voxels.voxel.equal(at::tensor({0, 3}, at::kLong)));
  CHECK((voxels.rows - at::tensor({0.6, 0.8, -1.0, 0.0}).view({2, 2})).abs().max().item<double>() < 1e-15);
  CHECK(spread_labels(at::tensor({5, 6}, at::kLong), voxels.voxel, 4).equal(at::tensor({5, -1, -1, 6}, at::kLong)));
}

TEST_CASE("k-means agrees with the reference values", "[clusters][lloyd][data]") {
  const auto golden = testing::Golden::open("gmm");
  if (!golden) return;
  const auto label = golden->integers("input.component");
  const auto rows = golden->input("input.offsets").to(at::kDouble).index_select(0, label) +
                    0.6 * golden->input("input.noise").to(at::kDouble) *
                        golden->input("input.scales").to(at::kDouble).index_select(0, label);
  CHECK(golden->output_difference("row_normalised_X", unit_rows(rows).rows) == "");
  const auto found = lloyd(rows, golden->input("input.means").to(at::kDouble), 3);  // as the reference
  CHECK(golden->output_difference("kmeans.labels", found.label) == "");
  CHECK(golden->output_difference("kmeans.centers", found.centres) == "");
  CHECK(golden->output_difference("kmeans.inertia", at::scalar_tensor(found.inertia, at::kDouble)) == "");
}

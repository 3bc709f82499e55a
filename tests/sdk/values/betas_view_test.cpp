#include "view_context.h"

#include <bgraph/sdk/values/betas_view.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;

namespace {

/// Response of a voxel: its row's number times the image's mean, plus what the batch holds: batches are visible.
class BatchCounter final : public Encoder {
 public:
  at::Tensor forward(const at::Tensor& images, const at::Tensor& rows) override {
    return images.mean({1, 2, 3}).unsqueeze(1) * rows.t() + static_cast<double>(images.size(0));
  }
  int64_t table_width() const override { return 1; }
  void initialise(Rng) override {}
};

std::shared_ptr<Component> counter() { return std::make_shared<BatchCounter>(); }

Images images_of(int64_t count) {
  return {at::arange(count, at::kFloat).view({count, 1, 1, 1}).expand({count, 3, 2, 2}).contiguous() / 10,
          at::arange(100, 100 + count), at::full({count}, -1, at::kLong), "test", "external"};
}

Voxels voxels_of(const std::vector<int64_t>& counts) {
  std::vector<int64_t> subject;
  Voxels voxels;
  for (size_t s = 0; s < counts.size(); ++s) {
    subject.insert(subject.end(), static_cast<size_t>(counts[s]), static_cast<int64_t>(s));
    voxels.subjects.push_back("subj" + std::to_string(s + 1));
  }
  voxels.subject = at::tensor(subject, at::kLong);
  const int64_t V = voxels.size();
  voxels.position = at::zeros({V, 3});
  voxels.hemisphere = voxels.roi = voxels.parcel = at::full({V}, -1, at::kLong);
  voxels.ncsnr = at::ones({V});
  return voxels;
}

}  // namespace

TEST_CASE("predicted responses are cut by subject and evaluated in fixed batches", "[values][betas_view]") {
  testing::ViewContext ctx(counter);
  BatchCounter encoder;
  const VoxelTable table{at::arange(5, at::kFloat).unsqueeze(1), "digest"};
  const Betas betas = predicted_betas(ctx, encoder, table, images_of(7), voxels_of({2, 3}), 4);
  REQUIRE(betas.subjects.size() == 2);
  const auto& second = betas.subjects[1];
  CHECK(second.first_voxel == 2);
  CHECK(second.betas.sizes() == at::IntArrayRef({7, 3}));
  CHECK(second.betas[3][0].item<float>() == Approx(0.3 * 2 + 4));  // image 3, voxel 2, in a batch of four
  CHECK(second.betas[4][2].item<float>() == Approx(0.4 * 4 + 3));  // the last batch holds three
  CHECK(second.repeat.eq(-1).all().item<bool>());
  CHECK(betas.split == "external");
  CHECK_THROWS_AS(predicted_betas(ctx, encoder, table, images_of(7), voxels_of({2, 2}), 4), ShapeError);
}

TEST_CASE("opening a view gives the bits that storing would have given", "[values][betas_view]") {
  testing::ViewContext ctx(counter);
  BatchCounter encoder;
  const VoxelTable table{at::arange(5, at::kFloat).unsqueeze(1), "digest"};
  const auto images = images_of(7);
  const auto voxels = voxels_of({2, 3});
  const Betas stored = predicted_betas(ctx, encoder, table, images, voxels, 3);
  Betas view{.id_space = "test", .split = "external", .predicted = true};
  view.views.push_back({ctx.keep(Model{}), ctx.keep(table), ctx.keep(images), ctx.keep(voxels), 3});
  const Betas opened = materialized(ctx, Betas::from_value(view.to_value()));
  REQUIRE(opened.subjects.size() == 2);
  for (size_t s = 0; s < 2; ++s) CHECK(opened.subjects[s].betas.equal(stored.subjects[s].betas));
  CHECK(materialized(ctx, stored).subjects[0].betas.is_same(stored.subjects[0].betas));
}

TEST_CASE("rows of a view are those of the whole, and only the asked ones are evaluated", "[values][betas_view]") {
  testing::ViewContext ctx(counter);
  BatchCounter encoder;
  const VoxelTable table{at::arange(5, at::kFloat).unsqueeze(1), "digest"};
  const auto images = images_of(7);
  const auto voxels = voxels_of({2, 3});
  Betas view{.id_space = "test", .split = "external", .predicted = true};
  view.views.push_back({ctx.keep(Model{}), ctx.keep(table), ctx.keep(images), ctx.keep(voxels), 2});
  PredictedRows rows(ctx, view);
  const Betas& trials = rows.trials();
  CHECK(trials.trials() == 14);
  CHECK(trials.voxels() == 5);
  CHECK(trials.predicted);
  CHECK(trials.split == "external");
  CHECK(trials.subjects[1].betas.is_meta());  // sizes, no numbers
  CHECK(trials.subjects[1].image_id.equal(images.image_id));
  CHECK(rows.evaluated() == 0);
  const at::Tensor some = rows.rows(1, {6, 1, 1});  // in batches of two and one, which the encoder shows
  CHECK(some.sizes() == at::IntArrayRef({3, 3}));
  CHECK(some[0][0].item<float>() == Approx(0.6 * 2 + 2));
  CHECK(some[2][2].item<float>() == Approx(0.1 * 4 + 1));
  CHECK(rows.evaluated() == 3);
  CHECK_THROWS_AS(PredictedRows(ctx, trials), Error);
}

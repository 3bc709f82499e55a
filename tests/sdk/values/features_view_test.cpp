#include "view_context.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/values/features_view.h>
#include <torch/types.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Two taps of a picture: its pixels, and their mean plus what the batch holds: batches are visible.
class BatchCounter final : public ImageBackbone {
 public:
  std::vector<TokenGrid> forward(const at::Tensor& images, const BlockHook& = {}) override {
    const at::Tensor pixels = images.flatten(2).transpose(1, 2);  // [B, H * W, 3]
    return {{"pixels", pixels, images.size(2), images.size(3)}, {"unused", pixels, images.size(2), images.size(3)},
            {"mean", pixels.mean({1, 2}, true) + static_cast<double>(images.size(0)), 1, 1}};
  }
  int64_t image_size() const override { return 2; }
  std::vector<std::string> taps() const override { return {"pixels", "unused", "mean"}; }
  void initialise(Rng) override {}
};

std::shared_ptr<Component> counter() { return std::make_shared<BatchCounter>(); }

Images images_of(int64_t first, int64_t count) {
  return {Rng(first, "features_view_test", "pixels", 0, 0).uniform({count, 3, 2, 2}), at::arange(first, first + count),
          at::full({count}, -1, at::kLong), "test", "train"};
}

/// Images 100 .. 104 and 40, 41 in batches of three.
Features view_of(testing::ViewContext& ctx) {
  const auto sizes = at::TensorOptions().dtype(at::kFloat).device(at::kMeta);
  return {.layers = {{"pixels", at::empty({7, 4, 3}, sizes), 2, 2}, {"mean", at::empty({7, 1, 2}, sizes), 1, 1}},
          .image_id = at::cat({at::arange(100, 105), at::arange(40, 42)}), .id_space = "test", .split = "train",
          .network = "counter",
          .view = FeaturesView{.model = ctx.keep(Model{}), .images = {ctx.keep(images_of(100, 5)), ctx.keep(images_of(40, 2))},
                               .how = {{1, 1, 1}, {1, 1, 2}}, .batch = 3, .row = at::arange(7)}};
}

}  // namespace

TEST_CASE("a view of tokens opens as what its batches give, whatever it went through", "[values][features_view]") {
  testing::ViewContext ctx(counter);
  const Features view = Features::from_value(view_of(ctx).to_value());
  CHECK(view.layer("pixels").tokens.is_meta());
  const Features held = materialized(ctx, view);
  CHECK(held.in_memory());
  CHECK(held.layer("pixels").tokens[5].equal(images_of(40, 2).pixels[0].flatten(1).t()));
  const at::Tensor mean = held.layer("mean").tokens;  // [7, 1, 2]: two copies
  CHECK(mean.sizes() == at::IntArrayRef({7, 1, 2}));
  CHECK(mean[1][0][0].item<float>() == Approx(images_of(100, 5).pixels[1].mean().item<float>() + 3));
  CHECK(mean[6][0][1].item<float>() == Approx(images_of(40, 2).pixels[1].mean().item<float>() + 1));  // the last batch holds one
  CHECK(materialized(ctx, held).layers[0].tokens.is_same(held.layers[0].tokens));

  const Features some = materialized(ctx, Features::from_value(view.select(at::tensor({6, 0}, at::kLong)).rows(0, 2).to_value()));
  CHECK(some.image_id.equal(at::tensor({41, 100}, at::kLong)));
  CHECK(some.layers[0].tokens.equal(held.layers[0].tokens.index_select(0, at::tensor({6, 0}, at::kLong))));
}

TEST_CASE("only the images that are asked for are evaluated, as often as they are asked for", "[values][features_view]") {
  testing::ViewContext ctx(counter);
  const Features view = view_of(ctx);
  const FeatureRows rows(ctx, view), held(materialized(ctx, view));
  CHECK(rows.evaluated() == 0);
  const auto found = rows.tokens({5, 2}), same = held.tokens({5, 2});
  CHECK(rows.evaluated() == 2);
  for (size_t b = 0; b < 2; ++b) CHECK(found[0][b].equal(same[0][b]));
  CHECK(rows.tokens({}).size() == 2);
  CHECK(rows.evaluated() == 2);
  const auto deviations = rows.deviations(), expected = held.deviations();
  CHECK(rows.evaluated() == 2 + 7);
  for (size_t l = 0; l < 2; ++l) CHECK(deviations[l] == Approx(expected[l]).epsilon(1e-5));  // float32 against float64 sums
  CHECK(held.evaluated() == 0);
}

TEST_CASE("a view of tokens is refused where it cannot be read", "[values][features_view]") {
  testing::ViewContext ctx(counter);
  Features view = view_of(ctx);
  CHECK_THROWS_WITH(FeatureRows(view), ContainsSubstring("a view that is not computed yet"));
  CHECK_THROWS_WITH(Features::concat({view, view}), ContainsSubstring("cannot be joined row by row"));
  view.view->row = view.view->row + 1;
  CHECK_THROWS_WITH(materialized(ctx, view), ContainsSubstring("beyond their 7 images"));
  view = view_of(ctx);
  view.layers[1].name = "median";
  CHECK_THROWS_WITH(materialized(ctx, view), ContainsSubstring("gives 1 of the 2 layers"));
}

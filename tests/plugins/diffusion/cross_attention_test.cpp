#include "cross_attention.h"

#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;
using namespace bgraph::diffusion;

TEST_CASE("grid sinusoids of two grids agree most where the places agree", "[diffusion][cross_attention]") {
  const auto fine = grid_sinusoids(32, 2, 8, 8).reshape({2, 16, 8, 8});   // 2 heads of 16
  const auto coarse = grid_sinusoids(32, 2, 4, 2).reshape({2, 16, 4, 2});
  const auto similarity = at::einsum("cyx,chw->yxhw", {fine[1], coarse[1]});  // head 1
  for (const auto& [y, x] : {std::pair{0, 0}, std::pair{5, 1}, std::pair{7, 6}}) {
    const auto nearest = similarity[y][x].flatten().argmax().item<int64_t>();
    CHECK(nearest == (y / 2) * 2 + x / 4);
  }
  CHECK(fine[0].abs().max().item<double>() == 0);  // head 0 has no place
}

TEST_CASE("a fresh cross-attention with zeroed output is the identity", "[diffusion][cross_attention]") {
  CrossAttention attention(16, 4, 2, {.tokens = 6, .width = 5, .grid_height = 2, .grid_width = 3}, 8);
  initialise_all(attention, Rng(1, "test", "weights", 0, 0));
  attention.zero_last();
  Rng rng(2, "test", "input", 0, 0);
  const auto x = rng.normal({3, 16, 4, 4});
  CHECK(attention(x, rng.normal({3, 8, 6, 1})).equal(x));
}

TEST_CASE("tokens that stand on no grid are read alike in any order, up to their places", "[diffusion][cross_attention]") {
  CrossAttention attention(16, 2, 2, {.tokens = 5, .width = 7}, 8);
  initialise_all(attention, Rng(1, "test", "weights", 0, 0));
  const at::NoGradGuard guard;
  attention.named_parameters()["key_position"].zero_();
  Rng rng(2, "test", "input", 0, 0);
  const auto x = rng.normal({3, 16, 2, 2}), context = rng.normal({3, 8, 5, 1});
  const auto order = at::tensor({3, 0, 4, 1, 2}, at::kLong);
  CHECK(at::allclose(attention(x, context), attention(x, context.index_select(2, order)), 0, 1e-5));
}

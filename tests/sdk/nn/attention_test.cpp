#include <bgraph/sdk/nn/transformer_block.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/attention_in_pieces.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;

namespace {

Rng rng_of(const char* purpose) { return {11, "test", purpose, 0, 0}; }

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

/// Attention written out, number by number.
at::Tensor slow_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads) {
  const int64_t B = q.size(0), N = q.size(1), M = k.size(1), D = q.size(2), d = D / heads;
  auto out = at::zeros({B, N, D}, at::kDouble);
  const auto at3 = [](const at::Tensor& x, int64_t i, int64_t j, int64_t c) { return x[i][j][c].item<double>(); };
  for (int64_t b = 0; b < B; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t n = 0; n < N; ++n) {
        std::vector<double> weight(static_cast<size_t>(M));
        double sum = 0;
        for (int64_t m = 0; m < M; ++m) {
          double score = 0;
          for (int64_t c = h * d; c < (h + 1) * d; ++c) score += at3(q, b, n, c) * at3(k, b, m, c);
          weight[static_cast<size_t>(m)] = std::exp(score / std::sqrt(static_cast<double>(d)));
          sum += weight[static_cast<size_t>(m)];
        }
        for (int64_t c = h * d; c < (h + 1) * d; ++c) {
          double value = 0;
          for (int64_t m = 0; m < M; ++m) value += weight[static_cast<size_t>(m)] / sum * at3(v, b, m, c);
          out[b][n][c] = value;
        }
      }
  return out;
}

std::vector<std::string> names_in(const torch::nn::Module& module) {
  std::vector<std::string> names;
  for (const auto& item : module.named_parameters()) names.push_back(item.key());
  return names;
}

}  // namespace

TEST_CASE("multi-head attention agrees with sums written out", "[nn][attention]") {
  Rng rng = rng_of("qkv");
  const auto q = rng.normal({2, 3, 6}), k = rng.normal({2, 5, 6}), v = rng.normal({2, 5, 6});
  CHECK(difference(scaled_dot_product(q, k, v, 2), slow_attention(q, k, v, 2)) < 1e-6);
  CHECK(difference(attention_map(q, k, 3).sum(-1), at::ones({2, 3, 3})) < 1e-6);
  CHECK_THROWS_AS(attention_map(q, k, 4), ShapeError);
}

// 2 * 3 * 2500 * 2500 numbers are more than the map may hold at once.
TEST_CASE("attention in pieces is the attention of the whole map", "[nn][attention]") {
  Rng rng = rng_of("pieces");
  const auto q = rng.normal({2, 2500, 6}), k = rng.normal({2, 2500, 6}), v = rng.normal({2, 2500, 6});
  CHECK(difference(scaled_dot_product(q, k, v, 3), attend(attention_map(q, k, 3), v)) < 1e-6);
}

TEST_CASE("attention in pieces has the gradients of the whole map", "[nn][attention]") {
  Rng rng = rng_of("gradients");
  const auto drawn = [&](int64_t n) { return rng.normal({2, 3, n, 4}).to(at::kDouble); };
  const auto q = drawn(7), k = drawn(5), v = drawn(5), asked = drawn(7);
  const auto gradients = [&](auto attention) {
    std::vector<at::Tensor> leaves;
    for (const auto& x : {q, k, v}) leaves.push_back(x.clone().set_requires_grad(true));
    (attention(leaves[0], leaves[1], leaves[2]) * asked).sum().backward();
    return std::vector<at::Tensor>{leaves[0].grad(), leaves[1].grad(), leaves[2].grad()};
  };
  const auto whole = gradients([](const auto& a, const auto& b, const auto& c) {
    return at::matmul(at::softmax(at::matmul(a, b.transpose(2, 3)) / 2.0, -1), c);  // sqrt(4) = 2
  });
  const int64_t rows = GENERATE(1, 3, 7);
  const auto pieces = gradients([&](const auto& a, const auto& b, const auto& c) { return attention_in_pieces(a, b, c, rows); });
  for (size_t i = 0; i < 3; ++i) CHECK(difference(pieces[i], whole[i]) < 1e-12);
}

TEST_CASE("attention ignores the order of the keys", "[nn][attention]") {
  Rng rng = rng_of("order");
  const auto q = rng.normal({1, 4, 6}), k = rng.normal({1, 7, 6}), v = rng.normal({1, 7, 6});
  const auto order = rng.permutation(7);
  CHECK(difference(scaled_dot_product(q, k, v, 3),
                   scaled_dot_product(q, k.index_select(1, order), v.index_select(1, order), 3)) < 1e-6);
}

TEST_CASE("a transformer block has the names of vision-transformer checkpoints", "[nn][transformer_block]") {
  TransformerBlock block({.width = 8, .heads = 2});
  CHECK(names_in(block) == std::vector<std::string>{"norm1.weight", "norm1.bias", "attn.qkv.weight", "attn.qkv.bias",
                                          "attn.proj.weight", "attn.proj.bias", "norm2.weight", "norm2.bias",
                                          "mlp.fc1.weight", "mlp.fc1.bias", "mlp.fc2.weight", "mlp.fc2.bias"});
}

TEST_CASE("the same block goes by the names of CLIP checkpoints", "[nn][transformer_block]") {
  TransformerBlock vit({.width = 8, .heads = 2}), clip({.width = 8, .heads = 2, .names = BlockNames::clip});
  CHECK(names_in(clip) == std::vector<std::string>{"ln_1.weight", "ln_1.bias", "attn.in_proj_weight", "attn.in_proj_bias",
                                                   "attn.out_proj.weight", "attn.out_proj.bias", "ln_2.weight", "ln_2.bias",
                                                   "mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight", "mlp.c_proj.bias"});
  initialise_all(vit, rng_of("weights"));
  const auto from = vit.parameters(), to = clip.parameters();
  const at::NoGradGuard guard;
  for (size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
  const auto x = rng_of("x").normal({2, 5, 8});
  CHECK(clip(x).equal(vit(x)));
}

TEST_CASE("a packed projection is drawn and moved like any other parameter", "[nn][attention]") {
  SelfAttention attention(8, 2, {.packed = true});
  initialise_all(attention, rng_of("weights"));
  CHECK((attention.named_parameters()["in_proj_weight"] != 0).any().item<bool>());
  attention.to(at::kDouble);
  CHECK(attention(rng_of("x").normal({1, 3, 8}).to(at::kDouble)).scalar_type() == at::kDouble);
}

TEST_CASE("layer scale is the strength of a block's branches: zero leaves the identity", "[nn][transformer_block]") {
  TransformerBlock block({.width = 8, .heads = 2, .layer_scale = true}), plain({.width = 8, .heads = 2});
  initialise_all(block, rng_of("weights"));
  initialise_all(plain, rng_of("weights"));
  const auto x = rng_of("x").normal({2, 5, 8});
  CHECK(block(x).equal(plain(x)));  // fresh scales are one, and take no numbers from the others
  const at::NoGradGuard guard;
  block.ls1->gamma.zero_();
  block.ls2->gamma.zero_();
  CHECK(block(x).equal(x));
}

// Values of x sigmoid(1.702 x) worked out by hand; the two forms differ by at most 0.021 (Hendrycks and Gimpel).
TEST_CASE("quick GELU is the sigmoid form", "[nn][mlp]") {
  const auto x = at::tensor({-1.0, 0.0, 2.0}, at::kDouble);
  const auto expected = at::tensor({-1.0 / (1.0 + std::exp(1.702)), 0.0, 2.0 / (1.0 + std::exp(-3.404))}, at::kDouble);
  CHECK(difference(activate(Activation::quick_gelu, x), expected) < 1e-12);
  const auto line = at::linspace(-6, 6, 1201, at::kDouble);
  CHECK(difference(activate(Activation::quick_gelu, line), activate(Activation::gelu, line)) < 0.021);
}

TEST_CASE("a block with zero weights passes its input on, and the projection hook can change that",
          "[nn][transformer_block]") {
  TransformerBlock block({.width = 8, .heads = 2});
  const auto x = rng_of("x").normal({2, 5, 8});
  CHECK(block(x).equal(x));
  const auto hooked = block(x, [](const at::Tensor& input, const at::Tensor& output) {
    CHECK(input.sizes() == output.sizes());
    return output + 1.0;
  });
  CHECK(difference(hooked, x + 1.0) == 0.0);
}

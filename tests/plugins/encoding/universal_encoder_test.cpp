#include "universal_encoder.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/transformer_block.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::encoding;

namespace {

/// The reduced vision transformer of the golden case (class token, four registers that the taps leave out). Its
/// per-channel residual scales are folded into the projections they follow.
class SmallTransformer final : public ImageBackbone {
 public:
  SmallTransformer() {
    patch_ = register_module("patch", std::make_shared<Conv2d>(3, 64, 14, Conv2d::Options{.stride = 14}));
    blocks_ = register_module("blocks", std::make_shared<ModuleList<TransformerBlock>>());
    for (int i = 0; i < 3; ++i) blocks_->add(std::make_shared<TransformerBlock>(64, 4));
  }

  void load(const testing::Golden& golden) {
    const at::NoGradGuard guard;
    const auto weight = [&](const std::string& name) { return golden.tensor("embed_model." + name); };
    patch_->weight.copy_(weight("patch_embed.proj.weight"));
    patch_->bias.copy_(weight("patch_embed.proj.bias"));
    for (size_t i = 0; i < 3; ++i) {
      const std::string block = "blocks." + std::to_string(i) + ".";
      for (auto& item : (*blocks_)[i].named_parameters()) {
        auto value = weight(block + item.key());
        if (item.key().rfind("attn.proj", 0) == 0) value = scaled(value, weight(block + "ls1.gamma"));
        if (item.key().rfind("mlp.fc2", 0) == 0) value = scaled(value, weight(block + "ls2.gamma"));
        item.value().copy_(value);
      }
    }
    class_token_ = weight("cls_token");
    registers_ = weight("register_tokens");
    const auto table = weight("pos_embed");  // [1, 1 + 37 * 37, 64]
    const auto grid = table.slice(1, 1).transpose(1, 2).reshape({1, 64, 37, 37});
    const auto small = at::_upsample_bicubic2d_aa(grid, {16, 16}, false, c10::nullopt, c10::nullopt);
    positions_ = at::cat({table.slice(1, 0, 1), small.flatten(2).transpose(1, 2)}, 1);
  }

  std::vector<TokenGrid> forward(const at::Tensor& images, const BlockHook& after_block) override {
    const int64_t B = images.size(0);
    const auto patches = (*patch_)(images).flatten(2).transpose(1, 2);  // [B, 256, 64]
    auto x = patches;
    if (positions_.defined()) {
      x = at::cat({class_token_.expand({B, 1, 64}), patches}, 1) + positions_;
      x = at::cat({x.slice(1, 0, 1), registers_.expand({B, 4, 64}), x.slice(1, 1)}, 1);
    } else {
      x = at::cat({at::zeros({B, 5, 64}), x}, 1);
    }
    std::vector<TokenGrid> grids;
    for (size_t i = 0; i < 3; ++i) {
      const auto block = static_cast<int64_t>(i);
      ImageBackbone::ProjectionHook hook = hook_;
      x = (*blocks_)[i](x, hook ? bgraph::ProjectionHook([&](const at::Tensor& in, const at::Tensor& out) {
                return hook(block, in, out);
              })
                                : bgraph::ProjectionHook());
      if (after_block) x = after_block(block, x);
      grids.push_back({std::to_string(i), at::cat({x.slice(1, 0, 1), x.slice(1, 5)}, 1), 0, 0});
    }
    return grids;
  }
  bool hook_attention_output(ImageBackbone::ProjectionHook hook) override {
    hook_ = std::move(hook);
    return true;
  }
  int64_t image_size() const override { return 224; }
  std::vector<std::string> taps() const override { return {"0", "1", "2"}; }
  void initialise(Rng rng) override { initialise_all(*this, rng); }

  TransformerBlock& block(size_t i) { return (*blocks_)[i]; }

 private:
  static at::Tensor scaled(const at::Tensor& value, const at::Tensor& gamma) {
    return value.dim() == 2 ? value * gamma.unsqueeze(1) : value * gamma;
  }

  std::shared_ptr<Conv2d> patch_;
  std::shared_ptr<ModuleList<TransformerBlock>> blocks_;
  at::Tensor class_token_, registers_, positions_;
  ImageBackbone::ProjectionHook hook_;
};

UniversalEncoderParams params_of(const std::string& adapter) {
  return {.embedding = 24, .channels = 16, .adapter = adapter};
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

TEST_CASE("the encoder agrees with the reference: responses, attention and gradients", "[encoding][universal][data]") {
  const auto name = GENERATE(as<std::string>(), "encoder_release", "encoder_strong", "encoder_eps");
  const auto golden = testing::Golden::open(name);
  if (!golden) return;
  const auto& config = (*golden)["config"];
  const auto backbone = std::make_shared<SmallTransformer>();
  backbone->load(*golden);
  auto params = params_of("block_residual");
  params.rank = config.at("r").get<int64_t>();
  params.alpha = config.at("lora_scale").get<double>() * static_cast<double>(params.rank);
  UniversalEncoder encoder(params);
  encoder.set_parts({{"backbone", backbone}});
  std::map<std::string, at::Tensor> weights;
  for (const auto& item : encoder.named_parameters()) weights[item.key()] = golden->tensor(item.key());
  load_weights(encoder, weights, "encoder");
  auto table = golden->tensor("voxel_embed").set_requires_grad(true);
  for (auto& weight : encoder.parameters()) weight.set_requires_grad(true);

  const auto tokens = encoder.tokens(golden->input("input.image"));
  std::vector<at::Tensor> responses, attention;
  for (int64_t b = 0; b < 2; ++b) {  // the reference draws voxels per image
    const auto rows = table.index_select(0, golden->integers("input.voxels." + std::to_string(b)));
    std::vector<at::Tensor> one;
    for (const auto& layer : tokens) one.push_back(layer.narrow(0, b, 1));
    responses.push_back(encoder.respond(one, rows));
    attention.push_back(encoder.spatial_attention(one, rows, 0));
  }
  const auto out = at::cat(responses);
  CHECK(golden->output_difference("out", out) == "");
  CHECK(golden->output_difference("spatial_attention_layer0", at::cat(attention)) == "");
  CHECK(golden->output_difference("out_all_voxels", encoder.respond_to_all(tokens, table)) == "");
  out.square().mean().backward();
  CHECK(golden->gradient_difference("voxel_embed", table.grad()) == "");
  for (const auto& item : encoder.named_parameters())
    CHECK(golden->gradient_difference(item.key(), item.value().grad()) == "");
}

TEST_CASE("every kind of adapter starts as none and changes the tokens once trained", "[encoding][universal]") {
  const auto kind = GENERATE(as<std::string>(), "block_residual", "attn_out");
  const auto backbone = std::make_shared<SmallTransformer>();
  backbone->initialise(Rng(1, "test", "backbone", 0, 0));
  UniversalEncoder encoder(params_of(kind));
  encoder.set_parts({{"backbone", backbone}});
  encoder.initialise(Rng(1, "test", "encoder", 0, 0));
  const auto images = Rng(1, "test", "images", 0, 0).uniform({2, 3, 224, 224});
  const auto adapted = encoder.tokens(images).back();
  backbone->hook_attention_output({});
  const auto plain = backbone->forward(images, {}).back().tokens;
  CHECK(difference(adapted, plain) < 1e-6);
}

TEST_CASE("an adapter of the output projection is a low-rank change of its weight", "[encoding][universal]") {
  const auto backbone = std::make_shared<SmallTransformer>();
  backbone->initialise(Rng(1, "test", "backbone", 0, 0));
  UniversalEncoder encoder({.embedding = 24, .channels = 16, .adapter = "attn_out", .rank = 3, .alpha = 6.0});
  encoder.set_parts({{"backbone", backbone}});
  encoder.initialise(Rng(1, "test", "encoder", 0, 0));
  const at::NoGradGuard guard;
  auto weights = encoder.named_parameters();
  Rng rng(2, "test", "adapter", 0, 0);
  for (int i = 0; i < 3; ++i) weights["lora_B." + std::to_string(i) + ".weight"].copy_(rng.normal({3, 64}) * 0.1);
  const auto images = Rng(1, "test", "images", 0, 0).uniform({1, 3, 224, 224});
  const auto adapted = encoder.tokens(images).back();

  backbone->hook_attention_output({});
  for (size_t i = 0; i < 3; ++i) {
    const std::string n = std::to_string(i) + ".weight";
    backbone->block(i).attn->proj->weight.add_(at::matmul(weights["lora_A." + n], weights["lora_B." + n]), 2.0);
  }
  // Float32 sums in another order: a few 1e-6 of tokens of size 1.
  CHECK(difference(adapted, backbone->forward(images, {}).back().tokens) < 2e-5);
}

TEST_CASE("voxels respond alone: neither other voxels nor chunks change a response", "[encoding][universal]") {
  const auto backbone = std::make_shared<SmallTransformer>();
  backbone->initialise(Rng(1, "test", "backbone", 0, 0));
  UniversalEncoder encoder(params_of("none"));
  encoder.set_parts({{"backbone", backbone}});
  encoder.initialise(Rng(1, "test", "encoder", 0, 0));
  const at::NoGradGuard guard;
  const auto rows = fresh_rows(1500, 24, Rng(1, "test", "rows", 0, 0)) * 30;
  const auto tokens = encoder.tokens(Rng(1, "test", "images", 0, 0).uniform({1, 3, 224, 224}));
  const auto all = encoder.respond_to_all(tokens, rows);
  CHECK(all.sizes() == at::IntArrayRef({1, 1500}));
  const auto some = encoder.respond(tokens, rows.slice(0, 1100, 1110));
  CHECK(difference(all.slice(1, 1100, 1110), some) < 1e-5 * all.abs().max().item<double>());
}

TEST_CASE("an encoder without its backbone is refused", "[encoding][universal]") {
  UniversalEncoder encoder(params_of("none"));
  CHECK_THROWS_WITH(encoder.set_parts({}), Catch::Matchers::ContainsSubstring("'backbone'"));
}

#include "universal_encoder.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/testing/golden.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::encoding;

namespace {

/// A small DINOv2 with registers; images are taken as they are.
std::shared_ptr<ImageBackbone> small_dinov2(Json more = Json::object()) {
  Json params = {{"width", 64}, {"depth", 3}, {"heads", 4}, {"taps", {"block1", "block2", "block3"}},
                 {"mean", {0, 0, 0}}, {"sd", {1, 1, 1}}};
  params.update(more);
  return testing::build_component<ImageBackbone>(testing::recipe("features.dinov2", params));
}

std::shared_ptr<ImageBackbone> fresh_backbone() {
  const auto backbone = small_dinov2({{"image_size", 56}, {"table_side", 5}});
  backbone->initialise(Rng(1, "test", "backbone", 0, 0));
  return backbone;
}

at::Tensor pictures(int64_t count) { return Rng(1, "test", "images", 0, 0).uniform({count, 3, 56, 56}); }

std::shared_ptr<ImageBackbone> golden_backbone(const testing::Golden& golden) {
  const auto& config = golden["config"].at("backbone");
  Json taps = Json::array();
  for (const auto& layer : golden["config"].at("select_layers_1based")) taps.push_back("block" + layer.dump());
  const auto backbone = small_dinov2({{"width", config.at("embed_dim")}, {"depth", config.at("depth")},
                                      {"heads", config.at("num_heads")}, {"mlp_ratio", config.at("mlp_ratio")},
                                      {"registers", config.at("registers")}, {"patch", config.at("patch")},
                                      {"image_size", config.at("image")}, {"taps", taps}});
  const std::string prefix = "embed_model.";
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, value] : golden.tensors())
    if (name.starts_with(prefix)) weights[name.substr(prefix.size())] = value;
  load_weights(*backbone, weights, "backbone");
  return backbone;
}

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
  const auto backbone = golden_backbone(*golden);
  UniversalEncoderParams params{.embedding = config.at("embed_dim_vox"), .channels = config.at("inner_ch"),
                                .adapter = "block_residual"};
  params.rank = config.at("r").get<int64_t>();
  params.alpha = config.at("lora_scale").get<double>() * static_cast<double>(params.rank);
  UniversalEncoder encoder(params);
  encoder.set_parts({{"backbone", backbone}});
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, value] : golden->tensors())
    if (name != "voxel_embed" && !name.starts_with("embed_model.")) weights[name] = value;
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
  std::vector<at::Tensor> seen;
  for (size_t l = 0; l < tokens.size(); ++l) seen.push_back(encoder.features(tokens[l], l));
  CHECK(golden->output_difference("features", at::stack(seen, 1)) == "");
  const auto loss = out.square().mean();
  CHECK(golden->output_difference("loss", loss) == "");
  loss.backward();
  CHECK(golden->gradient_difference("voxel_embed", table.grad()) == "");
  for (const auto& item : encoder.named_parameters())
    if (item.value().grad().defined()) CHECK(golden->gradient_difference(item.key(), item.value().grad()) == "");
    else CHECK((*golden)["gradient_none"] == Json::array({item.key()}));

  // Without adapters: the tokens of the backbone alone.
  const at::NoGradGuard guard;
  UniversalEncoder plain({.embedding = params.embedding, .channels = params.channels, .adapter = "none"});
  plain.set_parts({{"backbone", backbone}});
  for (auto& item : plain.named_parameters()) item.value().copy_(golden->tensor(item.key()));
  const auto unadapted = plain.tokens(golden->input("input.image"));
  std::vector<at::Tensor> alone;
  for (int64_t b = 0; b < 2; ++b) {
    std::vector<at::Tensor> one;
    for (const auto& layer : unadapted) one.push_back(layer.narrow(0, b, 1));
    alone.push_back(plain.respond(one, table.index_select(0, golden->integers("input.voxels." + std::to_string(b)))));
  }
  CHECK(golden->output_difference("out_without_adapter", at::cat(alone)) == "");
}

TEST_CASE("every kind of adapter starts as none and changes the tokens once trained", "[encoding][universal]") {
  const auto kind = GENERATE(as<std::string>(), "block_residual", "attn_out");
  const auto backbone = fresh_backbone();
  UniversalEncoder encoder(params_of(kind));
  encoder.set_parts({{"backbone", backbone}});
  encoder.initialise(Rng(1, "test", "encoder", 0, 0));
  const auto images = pictures(2);
  const auto adapted = encoder.tokens(images).back();
  backbone->hook_attention_output({});
  const auto plain = backbone->forward(images, {}).back().tokens;
  CHECK(difference(adapted, plain) < 1e-6);
}

TEST_CASE("an adapter of the output projection is a low-rank change of its weight", "[encoding][universal]") {
  const auto backbone = fresh_backbone();
  UniversalEncoder encoder({.embedding = 24, .channels = 16, .adapter = "attn_out", .rank = 3, .alpha = 6.0});
  encoder.set_parts({{"backbone", backbone}});
  encoder.initialise(Rng(1, "test", "encoder", 0, 0));
  const at::NoGradGuard guard;
  auto weights = encoder.named_parameters();
  Rng rng(2, "test", "adapter", 0, 0);
  for (int i = 0; i < 3; ++i) weights["lora_B." + std::to_string(i) + ".weight"].copy_(rng.normal({3, 64}) * 0.1);
  const auto images = pictures(1);
  const auto adapted = encoder.tokens(images).back();

  backbone->hook_attention_output({});
  auto base = backbone->named_parameters();
  for (int i = 0; i < 3; ++i) {
    const std::string n = std::to_string(i) + ".weight";
    base["blocks." + std::to_string(i) + ".attn.proj.weight"].add_(
        at::matmul(weights["lora_A." + n], weights["lora_B." + n]), 2.0);
  }
  // Float32 sums in another order: a few 1e-6 of tokens of size 1.
  CHECK(difference(adapted, backbone->forward(images, {}).back().tokens) < 2e-5);
}

TEST_CASE("voxels respond alone: neither other voxels nor chunks change a response", "[encoding][universal]") {
  const auto backbone = fresh_backbone();
  UniversalEncoder encoder(params_of("none"));
  encoder.set_parts({{"backbone", backbone}});
  encoder.initialise(Rng(1, "test", "encoder", 0, 0));
  const at::NoGradGuard guard;
  const auto rows = fresh_rows(1500, 24, Rng(1, "test", "rows", 0, 0)) * 30;
  const auto tokens = encoder.tokens(pictures(1));
  const auto all = encoder.respond_to_all(tokens, rows);
  CHECK(all.sizes() == at::IntArrayRef({1, 1500}));
  const auto some = encoder.respond(tokens, rows.slice(0, 1100, 1110));
  CHECK(difference(all.slice(1, 1100, 1110), some) < 1e-5 * all.abs().max().item<double>());
}

TEST_CASE("an encoder without its backbone is refused", "[encoding][universal]") {
  UniversalEncoder encoder(params_of("none"));
  CHECK_THROWS_WITH(encoder.set_parts({}), Catch::Matchers::ContainsSubstring("'backbone'"));
}

// On the meta device: names and shapes without memory.
TEST_CASE("at the release's sizes voxels share exactly 2,395,136 parameters, under the release's names",
          "[encoding][universal][layouts][data]") {
  const ParameterScope shapes({.device = at::kMeta});
  UniversalEncoder encoder({.adapter = "block_residual"});
  encoder.set_parts({{"backbone", testing::build_component<ImageBackbone>(
                                      testing::recipe("features.dinov2", Json::object()), at::kMeta)}});
  CHECK(testing::parameter_count(encoder) == 2395136);
  const auto layouts = testing::Golden::open("layouts");
  if (!layouts) return;
  const Json& layout = (*layouts)["encoder"];
  const int64_t voxels = (*layouts)["voxels"];
  CHECK(layout.at("parameter_count_without_backbone") == testing::parameter_count(encoder) + voxels * encoder.table_width());
  Json entries = layout.at("entries");
  REQUIRE(entries[0] == Json{"voxel_embed", {voxels, encoder.table_width()}});
  entries.erase(size_t{0});  // the rows of voxels travel apart
  CHECK(testing::layout_difference(entries, encoder) == "");
}

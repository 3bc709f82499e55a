#include "universal_encoder.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/dropout.h>
#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph::encoding {

namespace {

constexpr const char* kUnusedTable = "layer_embed";  // stands in the release's checkpoints; nothing reads it
constexpr int64_t kVoxelsAtOnce = 1024;  // the attention map of 64 images and 257 positions is then 67 MB

}  // namespace

SpatialAttention::SpatialAttention(int64_t embedding, int64_t channels)
    : project(register_module("project", std::make_shared<Linear>(embedding, embedding))),
      project_x(register_module("project_x", std::make_shared<Linear>(channels, embedding))) {}

at::Tensor SpatialAttention::map(const at::Tensor& rows, const at::Tensor& features,
                                 const at::Tensor& positions) const {
  const auto keys = (*project_x)(features) + positions;                       // [B, P, E]
  // An explicit batch product: matmul would fold the batch into rows and leave the scores transposed, which makes
  // the softmax over P strided.
  const auto queries = (*project)(rows).unsqueeze(0).expand({keys.size(0), -1, -1});  // [B, n, E]
  return at::softmax(at::bmm(queries, keys.transpose(1, 2)), -1);                     // [B, n, P]
}

UniversalEncoder::UniversalEncoder(UniversalEncoderParams params) : params_(std::move(params)) {}

void UniversalEncoder::set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) {
  const auto found = parts.find("backbone");
  backbone_ = found == parts.end() ? nullptr : std::dynamic_pointer_cast<ImageBackbone>(found->second);
  if (!backbone_ || parts.size() != 1)
    throw Error("encoding.universal takes one part, 'backbone', an ImageBackbone");
  for (auto& weight : backbone_->parameters()) weight.set_requires_grad(false);

  choose_layers();
  const BackboneSizes sizes = backbone_->sizes();
  std::vector<BackboneSizes::Tap> read;
  for (const size_t tap : chosen_) read.push_back(sizes.taps.at(tap));
  register_layers(read);
  if (adapted()) register_adapters(sizes.block_widths);
}

void UniversalEncoder::choose_layers() {
  const auto taps = backbone_->taps();
  chosen_.clear();
  for (const auto& name : params_.layers.empty() ? taps : params_.layers) {
    const auto found = std::find(taps.begin(), taps.end(), name);
    if (found == taps.end()) throw Error("the backbone has no tap '" + name + "'", did_you_mean(name, taps));
    chosen_.push_back(static_cast<size_t>(found - taps.begin()));
  }
}

void UniversalEncoder::register_layers(const std::vector<BackboneSizes::Tap>& taps) {
  const int64_t E = params_.embedding, C = params_.channels;
  const auto L = static_cast<int64_t>(taps.size());
  std::map<int64_t, at::Tensor> tables;  // by number of positions
  for (const auto& tap : taps) tables.emplace(tap.positions, at::Tensor());
  for (auto& [positions, table] : tables)
    table = register_parameter(tables.size() == 1 ? "pos_embed" : "pos_embed_" + std::to_string(positions),
                               new_parameter({positions, E}));
  feat_embed_ = register_parameter("feat_embed", new_parameter({E, L * C}));
  register_parameter(kUnusedTable, new_parameter({E, L}));
  in_project_ = register_module("in_project", std::make_shared<ModuleList<Linear>>());
  norm_in_ = register_module("norm_in", std::make_shared<ModuleList<LayerNorm>>());
  norm_ = register_module("norm", std::make_shared<ModuleList<LayerNorm>>());
  map_att_ = register_module("map_att", std::make_shared<ModuleList<SpatialAttention>>());
  mlp_ = register_module("mlp", std::make_shared<ModuleList<Mlp>>());
  for (const auto& [positions, width] : taps) {
    layers_.push_back({positions, width, tables.at(positions)});
    in_project_->add(std::make_shared<Linear>(width, C));
    norm_in_->add(std::make_shared<LayerNorm>(width));
    norm_->add(std::make_shared<LayerNorm>(C));
    map_att_->add(std::make_shared<SpatialAttention>(E, C));
    mlp_->add(std::make_shared<Mlp>(C, 4 * C, C));
  }
}

void UniversalEncoder::register_adapters(const std::vector<int64_t>& block_widths) {
  if (block_widths.empty()) throw Error("this backbone has no blocks for adapters to sit in", "set adapter = \"none\"");
  lora_a_ = register_module("lora_A", std::make_shared<ModuleList<Linear>>());
  lora_b_ = register_module("lora_B", std::make_shared<ModuleList<Linear>>());
  for (const int64_t width : block_widths) {
    lora_a_->add(std::make_shared<Linear>(params_.rank, width, /*with_bias=*/false));
    lora_b_->add(std::make_shared<Linear>(width, params_.rank, /*with_bias=*/false));
  }
  if (params_.adapter != "attn_out") return;
  const bool hooked = backbone_->hook_attention_output(
      [this](int64_t block, const at::Tensor& input, const at::Tensor& output) {
        return output + adapted_by(block, input);
      });
  if (!hooked)
    throw Error("adapter = \"attn_out\" needs a backbone with attention; this one has none",
                "set adapter = \"block_residual\" or \"none\"");
}

at::Tensor UniversalEncoder::adapted_by(int64_t block, const at::Tensor& input) const {
  const auto i = static_cast<size_t>(block);
  const bool is_map = input.dim() == 4;
  const auto x = is_map ? input.permute({0, 2, 3, 1}) : input;  // [..., D]
  const auto change = (*lora_a_)[i]((*lora_b_)[i](x)) * (params_.alpha / static_cast<double>(params_.rank));
  return is_map ? change.permute({0, 3, 1, 2}) : change;
}

std::vector<at::Tensor> UniversalEncoder::tokens(const at::Tensor& images) {
  const bool residual = params_.adapter == "block_residual";
  const auto grids = backbone_->forward(
      images, residual ? ImageBackbone::BlockHook([this](int64_t block, const at::Tensor& output) {
        return output + adapted_by(block, output);
      })
                       : ImageBackbone::BlockHook());
  std::vector<at::Tensor> tokens;
  for (const size_t tap : chosen_) tokens.push_back(grids.at(tap).tokens);
  return tokens;
}

at::Tensor UniversalEncoder::features(const at::Tensor& tokens, size_t layer) const {
  return (*in_project_)[layer]((*norm_in_)[layer](tokens));  // [B, P, C]
}

at::Tensor UniversalEncoder::respond(const std::vector<at::Tensor>& tokens, const at::Tensor& rows,
                                     Rng* dropping) const {
  const auto readout = at::matmul(rows, feat_embed_).chunk(static_cast<int64_t>(layers_.size()), 1);  // L x [n, C]
  at::Tensor responses;
  for (size_t l = 0; l < layers_.size(); ++l) {
    const auto seen = features(tokens.at(l), l);                                          // [B, P, C]
    const auto attention = (*map_att_)[l].map(rows, seen, layers_[l].positional_table);   // [B, n, P]
    auto s = (*norm_)[l](at::bmm(attention, seen));                                       // [B, n, C]
    if (dropping) s = dropout(s, params_.dropout, *dropping);
    s = s + (*mlp_)[l](s);
    const auto part = (s * readout[l]).sum(-1);  // [B, n]
    responses = responses.defined() ? responses + part : part;
  }
  return responses;
}

at::Tensor UniversalEncoder::spatial_attention(const std::vector<at::Tensor>& tokens, const at::Tensor& rows,
                                               size_t layer) const {
  return (*map_att_)[layer].map(rows, features(tokens.at(layer), layer), layers_.at(layer).positional_table);
}

at::Tensor UniversalEncoder::respond_to_all(const std::vector<at::Tensor>& tokens, const at::Tensor& rows) const {
  std::vector<at::Tensor> parts;
  for (const auto& some : rows.split(kVoxelsAtOnce)) parts.push_back(respond(tokens, some));
  return at::cat(parts, 1);
}

at::Tensor UniversalEncoder::forward(const at::Tensor& images, const at::Tensor& voxel_embedding) {
  return respond_to_all(tokens(images), voxel_embedding);
}

void UniversalEncoder::initialise(Rng rng) {
  const at::NoGradGuard guard;
  const double scale = 1.0 / (2.0 * std::sqrt(32.0));
  for (auto& item : named_parameters(/*recurse=*/false))  // feat_embed and the positional tables
    if (item.key() != kUnusedTable) item.value().copy_(rng.normal(item.value().sizes()) * scale);
  initialise_all(*this, rng);
  if (lora_b_)
    for (size_t i = 0; i < lora_b_->size(); ++i) (*lora_b_)[i].weight.zero_();
}

at::Tensor fresh_rows(int64_t voxels, int64_t embedding, Rng rng) {
  return rng.normal({voxels, embedding}) * (0.1 / (2.0 * std::sqrt(static_cast<double>(embedding))));
}

}  // namespace bgraph::encoding

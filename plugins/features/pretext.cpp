#include "pretext.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/tokenisation.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>

namespace bgraph::features {

namespace {

constexpr int64_t kProjection = 16;  // numbers kept of each token for telling images apart
constexpr double kPixelScale = 0.25;  // about the standard deviation of pixels: fresh read-outs start near it

at::Tensor hits(const at::Tensor& logits, const at::Tensor& truth) {
  return (logits.argmax(1) == truth).to(at::kFloat).mean();
}

}  // namespace

PretextHeads::PretextHeads(const std::vector<TokenGrid>& grids, int64_t height, int64_t width, int64_t categories) {
  for (const auto& grid : grids) {
    const int64_t patch = height / grid.height;
    if (patch * grid.height != height || patch * grid.width != width)
      throw ShapeError("tap '" + grid.name + "' is " + std::to_string(grid.height) + " x " +
                       std::to_string(grid.width) + ", no whole fraction of " + std::to_string(height) + " x " +
                       std::to_string(width) + " pixels");
    patches_.push_back(patch);
    readouts_.push_back(register_module("readout_" + grid.name,
                                        std::make_shared<Linear>(grid.tokens.size(2), 3 * patch * patch)));
  }
  const int64_t deepest = grids.back().tokens.size(2);
  classifier_ = register_module("classifier", std::make_shared<Linear>(deepest, categories));
  projector_ = register_module("projector", std::make_shared<Linear>(deepest, kProjection));
}

at::Tensor PretextHeads::projected(const TokenGrid& deepest) const {
  const at::Tensor code = (*projector_)(deepest.tokens).flatten(1);       // [B, P * kProjection]
  return code / code.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-6);
}

PretextScores PretextHeads::score(const at::Tensor& images, const at::Tensor& category,
                                  const std::vector<TokenGrid>& grids, const std::vector<TokenGrid>& view_grids,
                                  double temperature) const {
  PretextScores scores;
  const at::Tensor logits = (*classifier_)(grids.back().tokens.amax(1));  // [B, categories]
  scores.cross_entropy = at::cross_entropy_loss(logits, category);
  scores.accuracy = hits(logits, category);
  for (size_t l = 0; l < grids.size(); ++l) {
    const at::Tensor patches = tokens_from_map(images, {patches_[l], patches_[l], 1});  // [B, P, 3 patch^2]
    const at::Tensor error = kPixelScale * (*readouts_[l])(grids[l].tokens) - (patches - 0.5);
    scores.unexplained.push_back(error.square().mean() / images.var());
  }
  if (view_grids.empty()) return scores;
  const at::Tensor similarity = projected(grids.back()).matmul(projected(view_grids.back()).t()) / temperature;
  const at::Tensor own = at::arange(images.size(0), category.options());  // [B] the diagonal
  scores.contrast = (at::cross_entropy_loss(similarity, own) + at::cross_entropy_loss(similarity.t(), own)) / 2;
  scores.retrieval = hits(similarity, own);
  return scores;
}

at::Tensor pretext_loss(const PretextScores& scores, const PretextWeights& weights) {
  at::Tensor loss = weights.classify * scores.cross_entropy;
  for (size_t l = 0; l < weights.reconstruct.size(); ++l)
    loss = loss + weights.reconstruct[l] * scores.unexplained.at(l);
  if (scores.contrast.defined()) loss = loss + weights.invariance * scores.contrast;
  return loss;
}

}  // namespace bgraph::features

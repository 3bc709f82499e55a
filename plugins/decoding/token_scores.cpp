#include "token_scores.h"

#include <torch/types.h>

#include <limits>

namespace bgraph::decoding {

namespace {

/// Zero mean and unit norm over the last axis; constant tokens become zeros.
at::Tensor standardised(const at::Tensor& tokens) {
  const at::Tensor centred = tokens - tokens.mean(-1, true);
  return centred / centred.norm(2, {-1}, true).clamp_min(1e-12);
}

}  // namespace

TokenScores score_tokens(const at::Tensor& predicted, const at::Tensor& targets, const at::Tensor& image) {
  const at::Tensor p = standardised(predicted).transpose(0, 1);  // [P, N, D]
  const at::Tensor t = standardised(targets).permute({1, 2, 0});  // [P, D, I]
  const at::Tensor similarity = at::matmul(p, t);                 // [P, N, I]
  const at::Tensor own =
      similarity.gather(2, image.view({1, -1, 1}).expand({similarity.size(0), -1, 1}));  // [P, N, 1]
  const double others = static_cast<double>(similarity.size(2) - 1);
  const double wins = own.gt(similarity).to(at::kDouble).sum(2).mean().item<double>();
  const double ties = own.eq(similarity).to(at::kDouble).sum(2).mean().item<double>() - 1;  // itself
  TokenScores scores;
  scores.identification = others > 0 ? (wins + ties / 2) / others : std::numeric_limits<double>::quiet_NaN();
  scores.correlation = own.mean().item<double>();
  scores.norm_ratio =
      (predicted.norm() / targets.index_select(0, image).norm()).item<double>();
  return scores;
}

}  // namespace bgraph::decoding

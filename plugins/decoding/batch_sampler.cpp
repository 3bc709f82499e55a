#include "batch_sampler.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

namespace bgraph::decoding {

SampledTokens sample_tokens(const TokenLayout& layout, const std::vector<int64_t>& counts, int64_t trials, Rng& rng) {
  if (counts.size() > 1 && counts.size() != layout.layers.size())
    throw Error("queries_per_layer has " + std::to_string(counts.size()) + " entries, expected one or " +
                std::to_string(layout.layers.size()));
  SampledTokens sampled;
  std::vector<at::Tensor> queries;
  for (size_t l = 0; l < layout.layers.size(); ++l) {
    const auto& layer = layout.layers[l];
    const int64_t wanted = counts.empty() ? 0 : counts[counts.size() == 1 ? 0 : l];
    const bool all = wanted <= 0 || wanted >= layer.positions;
    std::vector<at::Tensor> rows;
    for (int64_t b = 0; b < trials; ++b)
      rows.push_back(all ? at::arange(layer.positions) : rng.sample(layer.positions, wanted));
    sampled.positions.push_back(at::stack(rows));
    queries.push_back(sampled.positions.back() + layer.first_query);
  }
  sampled.queries = at::cat(queries, 1);
  return sampled;
}

TrialSampler::TrialSampler(const TrialSet& trials, const std::vector<Betas>& sources, double external_fraction,
                           std::function<Rng(int64_t)> order_of)
    : external_fraction_(external_fraction), order_of_(std::move(order_of)) {
  for (size_t s = 0; s < sources.size(); ++s)
    for (int64_t i = trials.range(s).first; i < trials.range(s).second; ++i)
      (sources[s].predicted ? external_ : measured_).push_back(i);
  if (external_.empty()) external_fraction_ = 0.0;
  if (measured_.empty()) external_fraction_ = 1.0;
}

std::vector<int64_t> TrialSampler::draw(int64_t first, int64_t count, Rng& rng) {
  std::vector<int64_t> drawn;
  for (int64_t i = first; i < first + count; ++i) {
    if (rng.uniform() < external_fraction_) {
      drawn.push_back(external_[static_cast<size_t>(rng.integer(static_cast<int64_t>(external_.size())))]);
      continue;
    }
    const auto size = static_cast<int64_t>(measured_.size());
    if (pass_ != i / size) {
      pass_ = i / size;
      order_ = order_of_(pass_).permutation(size);
    }
    drawn.push_back(measured_[static_cast<size_t>(order_.data_ptr<int64_t>()[i % size])]);
  }
  return drawn;
}

}  // namespace bgraph::decoding

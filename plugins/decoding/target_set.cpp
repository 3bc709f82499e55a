#include "target_set.h"

#include <torch/types.h>

namespace bgraph::decoding {

TargetSet::TargetSet(const TrialSet& trials, const std::vector<Betas>& betas, const std::vector<Features>& targets,
                     TokenLayout layout, const std::string& port)
    : targets_(targets), layout_(std::move(layout)) {
  std::vector<ImageSet> sets;
  for (const auto& entry : targets) {
    check_layout(layout_, entry, port);
    sets.push_back({entry.image_id, entry.id_space});
  }
  places_ = image_places(trials, betas, sets, port);
}

at::Tensor TargetSet::row(size_t l, int64_t trial) const {
  const ImagePlace place = places_.at(static_cast<size_t>(trial));
  return targets_[place.set].layers[l].tokens[place.row];
}

at::Tensor TargetSet::tokens(size_t l, const std::vector<int64_t>& trials, const at::Tensor& positions) const {
  std::vector<at::Tensor> rows;
  for (size_t b = 0; b < trials.size(); ++b)
    rows.push_back(row(l, trials[b]).index_select(0, positions[static_cast<int64_t>(b)]));
  return layout_.target(l, at::stack(rows));
}

at::Tensor TargetSet::tokens(size_t l, const std::vector<int64_t>& trials) const {
  std::vector<at::Tensor> rows;
  for (const int64_t trial : trials) rows.push_back(row(l, trial));
  return layout_.target(l, at::stack(rows));
}

}  // namespace bgraph::decoding

#include "target_set.h"

#include "image_rows.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

namespace bgraph::decoding {

TargetSet::TargetSet(const TrialSet& trials, const std::vector<Betas>& betas, const std::vector<Features>& targets,
                     TokenLayout layout, const std::string& port)
    : targets_(targets), layout_(std::move(layout)) {
  if (targets.size() != 1 && targets.size() != betas.size())
    throw Error("'" + port + "' has " + std::to_string(targets.size()) + " entries, expected one or, as betas, " +
                std::to_string(betas.size()));
  std::vector<ImageRows> rows;
  for (const auto& entry : targets) {
    check_layout(layout_, entry, port);
    rows.emplace_back(entry.image_id, port);
  }
  for (const Trial& trial : trials.trials()) {
    const size_t entry = targets.size() == 1 ? 0 : trial.source;
    const Betas& source = betas[trial.source];
    if (targets[entry].id_space != source.id_space)
      throw Error("'" + port + "' numbers images as '" + targets[entry].id_space + "', the betas as '" +
                  source.id_space + "'");
    row_of_trial_.emplace_back(entry, rows[entry].row_of(trial.image_id, source.subjects[trial.subject].subject));
  }
}

at::Tensor TargetSet::row(size_t l, int64_t trial) const {
  const auto [entry, row] = row_of_trial_.at(static_cast<size_t>(trial));
  return targets_[entry].layers[l].tokens[row];
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

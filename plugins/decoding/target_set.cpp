#include "target_set.h"

#include <torch/types.h>

#include <map>

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

std::vector<std::vector<at::Tensor>> TargetSet::rows(const std::vector<int64_t>& trials) const {
  std::vector<std::vector<at::Tensor>> rows(layout_.layers.size());
  for (const int64_t trial : trials) {
    const ImagePlace place = places_.at(static_cast<size_t>(trial));
    for (size_t l = 0; l < rows.size(); ++l) rows[l].push_back(targets_[place.set].layers[l].tokens[place.row]);
  }
  return rows;
}

std::vector<at::Tensor> TargetSet::tokens(const std::vector<int64_t>& trials, const std::vector<at::Tensor>& positions) const {
  auto found = rows(trials);
  std::vector<at::Tensor> tokens;
  for (size_t l = 0; l < found.size(); ++l) {
    for (size_t b = 0; b < trials.size(); ++b)
      found[l][b] = found[l][b].index_select(0, positions[l][static_cast<int64_t>(b)]);
    tokens.push_back(layout_.target(l, at::stack(found[l])));
  }
  return tokens;
}

std::vector<at::Tensor> TargetSet::tokens(const std::vector<int64_t>& trials) const {
  std::vector<at::Tensor> tokens;
  for (size_t l = 0; const auto& layer : rows(trials)) tokens.push_back(layout_.target(l++, at::stack(layer)));
  return tokens;
}

TargetSet::DistinctImages TargetSet::distinct(const std::vector<int64_t>& trials) const {
  std::map<std::pair<size_t, int64_t>, int64_t> first;  // by place, in the order of the features
  const auto place_of = [&](int64_t trial) {
    const ImagePlace place = places_.at(static_cast<size_t>(trial));
    return std::pair(place.set, place.row);
  };
  for (const int64_t trial : trials) first.emplace(place_of(trial), trial);
  DistinctImages distinct;
  for (auto& [place, trial] : first) {
    distinct.trials.push_back(trial);
    trial = static_cast<int64_t>(distinct.trials.size()) - 1;  // from here on its number
  }
  std::vector<int64_t> image;
  for (const int64_t trial : trials) image.push_back(first.at(place_of(trial)));
  distinct.image = at::tensor(image);
  return distinct;
}

}  // namespace bgraph::decoding

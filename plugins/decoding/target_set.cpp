#include "target_set.h"

#include <torch/types.h>

#include <map>

namespace bgraph::decoding {

namespace {

/// Rows of held features and of views, which may be on different devices.
at::Tensor stacked(std::vector<at::Tensor> rows) {
  for (auto& row : rows) row = row.to(rows.front().device());
  return at::stack(rows);
}

}  // namespace

std::vector<FeatureRows> feature_rows(Context& ctx, const std::vector<Features>& features) {
  std::vector<FeatureRows> rows;
  for (const auto& entry : features) rows.emplace_back(ctx, entry);
  return rows;
}

TargetSet::TargetSet(const TrialSet& trials, const std::vector<Betas>& betas, std::vector<FeatureRows> targets,
                     TokenLayout layout, const std::string& port)
    : targets_(std::move(targets)), layout_(std::move(layout)) {
  std::vector<ImageSet> sets;
  for (const auto& entry : targets_) {
    const Features& features = entry.features();
    check_layout(layout_, features, port);
    sets.push_back({features.image_id, features.id_space});
  }
  places_ = image_places(trials, betas, sets, port);
}

TargetSet::InSet TargetSet::in_set(size_t set, const std::vector<int64_t>& trials) const {
  InSet found;
  for (size_t b = 0; b < trials.size(); ++b) {
    const ImagePlace place = places_.at(static_cast<size_t>(trials[b]));
    if (place.set == set) found.rows.push_back(place.row), found.places.push_back(b);
  }
  return found;
}

void TargetSet::read_ahead(const std::vector<int64_t>& trials) const {
  for (size_t set = 0; set < targets_.size(); ++set) targets_[set].read_ahead(in_set(set, trials).rows);
}

std::vector<std::vector<at::Tensor>> TargetSet::rows(const std::vector<int64_t>& trials) const {
  std::vector<std::vector<at::Tensor>> found(layout_.layers.size(), std::vector<at::Tensor>(trials.size()));
  for (size_t set = 0; set < targets_.size(); ++set) {
    const auto [rows, places] = in_set(set, trials);
    const auto tokens = targets_[set].tokens(rows);
    for (size_t l = 0; l < found.size(); ++l)
      for (size_t i = 0; i < places.size(); ++i) found[l][places[i]] = tokens[l][i];
  }
  return found;
}

std::vector<at::Tensor> TargetSet::tokens(const std::vector<int64_t>& trials, const std::vector<at::Tensor>& positions) const {
  auto found = rows(trials);
  std::vector<at::Tensor> tokens;
  for (size_t l = 0; l < found.size(); ++l) {
    for (size_t b = 0; b < trials.size(); ++b)
      found[l][b] = found[l][b].index_select(0, positions[l][static_cast<int64_t>(b)].to(found[l][b].device()));
    tokens.push_back(layout_.target(l, stacked(found[l])));
  }
  return tokens;
}

std::vector<at::Tensor> TargetSet::tokens(const std::vector<int64_t>& trials) const {
  std::vector<at::Tensor> tokens;
  for (size_t l = 0; const auto& layer : rows(trials)) tokens.push_back(layout_.target(l++, stacked(layer)));
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

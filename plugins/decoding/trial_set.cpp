#include "trial_set.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

#include <cmath>
#include <map>
#include <numeric>

namespace bgraph::decoding {

TrialSet::TrialSet(const std::vector<Betas>& sources, bool averaged, std::shared_ptr<DrawnRows> drawn) : drawn_(std::move(drawn)) {
  for (size_t s = 0; s < sources.size(); ++s) {
    const int64_t first = size();
    auto& subjects = sources_.emplace_back();
    for (const auto& given : sources[s].subjects) {
      const bool held = !given.betas.is_meta();
      SubjectBetas subject = averaged && held ? average_repeats(given) : given;
      subject.image_id = subject.image_id.contiguous();
      if (held) {
        subject.betas = subject.betas.to(at::kFloat).contiguous();
        not_measured_ += at::isnan(subject.betas).sum().item<int64_t>();
      }
      const int64_t* ids = subject.image_id.data_ptr<int64_t>();
      for (int64_t row = 0; row < subject.trials(); ++row) trials_.push_back({s, subjects.size(), row, ids[row]});
      subjects.push_back(std::move(subject));
    }
    ranges_.emplace_back(first, size());
  }
  if (trials_.empty()) throw Error("the betas hold no trials");
}

TrialSet::Asked TrialSet::asked(const std::vector<int64_t>& trials) const {
  std::map<std::pair<size_t, size_t>, size_t> known;  // by source and subject
  Asked asked;
  for (size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = (*this)[trials[i]];
    if (!sources_[trial.source][trial.subject].betas.is_meta()) continue;
    const auto [place, is_new] = known.emplace(std::pair(trial.source, trial.subject), asked.rows.size());
    if (is_new) asked.rows.push_back({trial.source, trial.subject, {}}), asked.places.emplace_back();
    asked.rows[place->second].rows.push_back(trial.row);
    asked.places[place->second].push_back(i);
  }
  return asked;
}

void TrialSet::read_ahead(const std::vector<int64_t>& trials) const {
  if (drawn_) drawn_->expect(asked(trials).rows);
}

std::vector<at::Tensor> TrialSet::responses(const std::vector<int64_t>& trials) const {
  std::vector<at::Tensor> rows(trials.size());
  for (size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = (*this)[trials[i]];
    const at::Tensor& betas = sources_[trial.source][trial.subject].betas;
    if (!betas.is_meta()) rows[i] = betas[trial.row];
  }
  const Asked some = asked(trials);
  if (some.rows.empty()) return rows;
  const auto found = drawn_->rows(some.rows);
  for (size_t k = 0; k < found.size(); ++k) {
    const at::Tensor own = found[k].to(at::kFloat).contiguous();
    for (size_t i = 0; i < some.places[k].size(); ++i) rows[some.places[k][i]] = own[static_cast<int64_t>(i)];
  }
  return rows;
}

/// chosen(voxels) is called once per trial and says for each of its voxels whether it is taken.
template <class Choose>
VoxelBatch TrialSet::gather(const std::vector<int64_t>& trials, const Choose& chosen) const {
  std::vector<float> betas;
  std::vector<int64_t> voxel, offsets = {0};
  const std::vector<at::Tensor> rows = responses(trials);
  for (size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = (*this)[trials[i]];
    const SubjectBetas& subject = sources_[trial.source][trial.subject];
    const int64_t count = subject.voxels();
    const float* row = rows[i].data_ptr<float>();
    const std::vector<bool> take = chosen(count);
    for (int64_t v = 0; v < count; ++v) {
      if (!take[static_cast<size_t>(v)] || std::isnan(row[v])) continue;
      betas.push_back(row[v]);
      voxel.push_back(subject.first_voxel + v);
    }
    offsets.push_back(static_cast<int64_t>(voxel.size()));
  }
  return {at::tensor(betas), at::tensor(voxel), at::tensor(offsets)};
}

VoxelBatch TrialSet::batch(const std::vector<int64_t>& trials) const {
  return gather(trials, [](int64_t count) { return std::vector<bool>(static_cast<size_t>(count), true); });
}

VoxelBatch TrialSet::batch(const std::vector<int64_t>& trials, int64_t voxels, Rng& rng) const {
  return gather(trials, [&](int64_t count) {
    std::vector<bool> take(static_cast<size_t>(count), false);
    for (int64_t draw = 0; draw < voxels; ++draw) take[static_cast<size_t>(rng.integer(count))] = true;
    return take;
  });
}

std::vector<int64_t> numbers(int64_t begin, int64_t end) {
  std::vector<int64_t> all(static_cast<size_t>(end - begin));
  std::iota(all.begin(), all.end(), begin);
  return all;
}

VoxelBatch rows_of(const VoxelBatch& batch, const RowShare& share) {
  if (share.whole()) return batch;
  const at::Tensor offsets = batch.offsets.narrow(0, share.begin, share.count + 1);
  const auto first = offsets[0].item<int64_t>(), last = offsets[share.count].item<int64_t>();
  return {batch.betas.slice(0, first, last), batch.voxel.slice(0, first, last), offsets - first};
}

void warn_not_measured(Context& ctx, int64_t count, const std::string& which) {
  if (count > 0)
    ctx.warn(std::to_string(count) + " betas of the " + which +
             " trials are not measured (NaN) and are left out");
}

}  // namespace bgraph::decoding

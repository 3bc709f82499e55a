#include "ridge_subjects.h"

#include "ridge_path.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

#include <map>

namespace bgraph::decoding {

namespace {

const SubjectBetas& training_trials(const Betas& train, const SubjectBetas& scored) {
  for (const auto& subject : train.subjects) {
    if (subject.subject != scored.subject) continue;
    if (subject.voxels() != scored.voxels())
      throw Error(scored.subject + " has " + std::to_string(subject.voxels()) + " voxels in the training trials and " +
                      std::to_string(scored.voxels()) + " in those to decode",
                  "take both from one data node");
    return subject;
  }
  throw Error(scored.subject + " has no training trials", "ridge is fitted to each subject by itself");
}

/// A fold per trial, the same for all trials of an image.
at::Tensor folds_by_image(const at::Tensor& image_id, int64_t folds, Rng rng) {
  std::map<int64_t, int64_t> fold_of;
  for (int64_t i = 0; i < image_id.numel(); ++i) fold_of[image_id[i].item<int64_t>()] = 0;
  const at::Tensor order = rng.permutation(static_cast<int64_t>(fold_of.size()));
  int64_t next = 0;
  for (auto& [id, fold] : fold_of) fold = order[next++].item<int64_t>() % folds;
  at::Tensor fold = at::empty_like(image_id);
  for (int64_t i = 0; i < image_id.numel(); ++i) fold[i] = fold_of.at(image_id[i].item<int64_t>());
  return fold;
}

}  // namespace

RidgeDecoding decode_by_ridge(const Betas& train, const Betas& scored, const RidgeParams& params,
                              const std::function<at::Tensor(const at::Tensor&, const std::string&)>& target_of,
                              Context& ctx) {
  RidgeDecoding decoding{.choice = {.title = "Ridge: penalties chosen inside the training trials", .split = train.split}};
  decoding.choice.column("penalty").column("explained_variance", "", "higher");
  std::vector<at::Tensor> outputs, ids, subjects;
  int64_t missing = 0;
  for (size_t s = 0; s < scored.subjects.size(); ++s) {
    const SubjectBetas& known = training_trials(train, scored.subjects[s]);
    const SubjectBetas unseen = params.average ? average_repeats(scored.subjects[s]) : scored.subjects[s];
    const at::Tensor mean = known.betas.nanmean(0, true).nan_to_num(0.0);  // [1, V]
    const auto filled = [&](const at::Tensor& betas) {
      const at::Tensor absent = betas.isnan();
      missing += absent.sum().item<int64_t>();
      return at::where(absent, mean, betas);
    };
    const at::Tensor x = filled(known.betas);
    const at::Tensor y = target_of(known.image_id, known.subject);
    const at::Tensor fold = folds_by_image(known.image_id, params.folds, ctx.rng("folds", 0, static_cast<int64_t>(s)));
    const RidgeChoice best = choose_penalty(x, y, fold, params.folds, params.penalties);
    outputs.push_back(RidgePath(x, y).predict(filled(unseen.betas), best.penalty));
    ids.push_back(unseen.image_id);
    subjects.push_back(at::full_like(unseen.image_id, static_cast<int64_t>(s)));
    auto& cells = decoding.choice.row(known.subject).cells;
    cells["penalty"] = best.penalty;
    cells["explained_variance"] = best.explained;
    ctx.progress(static_cast<int64_t>(s) + 1, static_cast<int64_t>(scored.subjects.size()), known.subject);
    ctx.stop_if_cancelled();
  }
  if (missing > 0) ctx.warn(std::to_string(missing) + " betas are not measured (NaN) and count as their voxel's mean");
  decoding.outputs = at::cat(outputs);
  decoding.image_id = at::cat(ids);
  decoding.subject = at::cat(subjects);
  return decoding;
}

}  // namespace bgraph::decoding

#include "design.h"

#include "mat_file.h"
#include "subject_set.h"

#include <bgraph/sdk/data/wrong_file.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/isin.h>
#include <ATen/ops/ones_like.h>

#include <algorithm>
#include <array>

namespace bgraph::io::nsd {

namespace {

constexpr std::array<int64_t, kSubjects> kSessions = {40, 40, 32, 30, 40, 32, 40, 30};

/// Whole numbers from 1 to `most`, less one.
at::Tensor from_zero(const at::Tensor& counted, int64_t most, const std::string& path, const std::string& name) {
  const at::Tensor whole = counted.to(at::kLong);
  const bool fine = whole.to(at::kDouble).equal(counted.to(at::kDouble)) && whole.ge(1).all().item<bool>() && whole.le(most).all().item<bool>();
  if (!fine) throw wrong_file(path, "'" + name + "'", "whole numbers from 1 to " + std::to_string(most), "with others");
  return whole - 1;
}

}  // namespace

int64_t subject_number(const std::string& subject) {
  const bool shaped = subject.size() == 6 && subject.substr(0, 5) == "subj0" && subject[5] >= '1' && subject[5] <= '8';
  if (!shaped) throw Error("'" + subject + "' is no subject of the Natural Scenes Dataset", "subj01 to subj08");
  return subject[5] - '0';
}

int64_t sessions_of(const std::string& subject, int64_t of_40) {
  const int64_t all = kSessions[static_cast<size_t>(subject_number(subject) - 1)];
  return std::min(of_40, all - std::min<int64_t>(kPlannedSessions - kEarlySessions, kPlannedSessions - of_40));
}

Design::Design(const std::string& path) : path_(path) {
  const MatFile file(path);
  const at::Tensor images = file.matrix("subjectim", kSubjects, -1), ordering = file.matrix("masterordering", 1, -1).flatten();
  if (ordering.numel() == 0 || ordering.numel() % kPlannedSessions != 0)
    throw wrong_file(path, "length of 'masterordering'", "a multiple of 40 sessions", std::to_string(ordering.numel()));
  ordering_ = from_zero(ordering, images.size(1), path, "masterordering").contiguous();
  images_ = from_zero(images, int64_t{1} << 31, path, "subjectim").contiguous();
}

Trials Design::trials(const std::string& subject, int64_t sessions) const {
  Trials trials;
  const int64_t per_session = ordering_.numel() / kPlannedSessions, count = per_session * sessions;
  const at::Tensor shown = ordering_.slice(0, 0, count).contiguous();  // position in the subject's own list
  trials.image = images_.select(0, subject_number(subject) - 1).index_select(0, shown);
  trials.session = at::arange(count, at::kLong).div(per_session, "floor");
  trials.shared = shown.lt(std::min(kSharedImages, images_.size(1) / 10));  // a tenth of each subject's images
  trials.early = at::isin(shown, ordering_.slice(0, 0, per_session * kEarlySessions));
  trials.repeat = repeats_of(trials.image);
  return trials;
}

std::vector<Session> Design::sessions(const std::string& version, int64_t sessions) const {
  std::vector<Session> all;
  for (int64_t number = 1; number <= sessions; ++number)
    all.push_back({version, (number < 10 ? "betas_session0" : "betas_session") + std::to_string(number), ordering_.numel() / kPlannedSessions});
  return all;
}

at::Tensor Design::runs(int64_t sessions) const {
  const at::Tensor pattern = MatFile(path_).array("stimpattern");  // [sessions, runs, slots], 1 = a trial
  if (pattern.dim() != 3 || pattern.size(0) != kPlannedSessions)
    throw wrong_file(path_, "'stimpattern'", "[40, runs, slots]", shape_text(pattern.sizes().vec()));
  const at::Tensor counts = pattern.to(at::kLong).sum(2).slice(0, 0, sessions);  // [sessions, runs]
  if (!counts.sum(1).eq(ordering_.numel() / kPlannedSessions).all().item<bool>())
    throw wrong_file(path_, "trials of a session in 'stimpattern'", std::to_string(ordering_.numel() / kPlannedSessions), "other numbers");
  return at::arange(counts.numel(), at::kLong).repeat_interleave(counts.flatten());
}

Trials synthetic_trials(const std::string& path, const std::string& subject, int64_t session) {
  const at::Tensor shown = from_zero(MatFile(path).array("masterordering").flatten(), kSyntheticShared + kSyntheticOwn, path, "masterordering");
  const int64_t own = (subject_number(subject) - 1) * kSyntheticOwn;
  Trials trials;
  trials.image = (shown + shown.ge(kSyntheticShared).to(at::kLong) * own).contiguous();
  trials.repeat = repeats_of(trials.image);
  trials.session = at::full_like(shown, session);
  trials.shared = at::ones_like(shown, at::kBool), trials.early = trials.shared;
  return trials;
}

Session synthetic_session(const std::string& version, int64_t trials) {
  if (version == "betas_assumehrf") throw Error("the session of synthetic images has no betas_assumehrf", "take betas_fithrf or betas_fithrf_GLMdenoise_RR");
  return {"nsdsynthetic" + version, "betas_nsdsynthetic", trials};
}

Trials joined(const Trials& first, const Trials& second) {
  return {at::cat({first.image, second.image}), at::cat({first.repeat, second.repeat}), at::cat({first.session, second.session}),
          at::cat({first.shared, second.shared}), at::cat({first.early, second.early})};
}

}  // namespace bgraph::io::nsd

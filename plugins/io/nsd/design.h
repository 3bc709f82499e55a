// The Natural Scenes Dataset's design: which image every trial showed.
//
//   image(subject s, trial t) = subjectim[s][masterordering[t] - 1] - 1        73k number from 0
//   session(t) = t / trials a session        shared(t): masterordering[t] <= 1000
//   repeat(t) = earlier trials of the subject with the same masterordering
//
// MATLAB counts from 1 and stores whole numbers as doubles: every one is checked. Subjects finished 40, 40, 32, 30, 40, 32, 40
// and 30 of 40 planned sessions. Until August 2023 the last three of each were withheld: papers of "37 sessions" have 982
// shared images, those that a subject of 40 sessions saw in the first 37.
// Source: NSD data manual, Experiments; Allen et al. 2022.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace bgraph::io::nsd {

inline constexpr int64_t kSyntheticShared = 220, kSyntheticOwn = 64;  // images of the extra session: of everybody, of a subject
inline constexpr int64_t kSubjects = 8, kPlannedSessions = 40, kSharedImages = 1000, kEarlySessions = 37;

/// 1..8 from "subj01".."subj08". Error otherwise.
int64_t subject_number(const std::string& subject);

/// Sessions of a subject when those of `of_40` out of 40 are used: 40 all, 37 without the last three, fewer: the first ones.
int64_t sessions_of(const std::string& subject, int64_t of_40);

struct Trials {
  at::Tensor image;    // [N] int64, 73k number from 0
  at::Tensor repeat;   // [N] int64, from 0
  at::Tensor session;  // [N] int64, from 0
  at::Tensor shared;   // [N] bool
  at::Tensor early;    // [N] bool, the image is among those shown in the first 37 sessions of a whole experiment
};

/// A session's files stand in folder `version` and are called `stem`: betas_session01, betas_nsdsynthetic.
struct Session {
  std::string version, stem;
  int64_t trials = 0;
};

class Design {
 public:
  /// nsd_expdesign.mat. Error naming file, array and value for what is no design.
  explicit Design(const std::string& path);
  Trials trials(const std::string& subject, int64_t sessions) const;

  /// Where the betas of the first so many sessions are.
  std::vector<Session> sessions(const std::string& version, int64_t sessions) const;

  /// Run of each trial, counted over all sessions (`stimpattern`: 63 trials in odd runs, 62 in even ones).   [N] int64
  at::Tensor runs(int64_t sessions) const;

 private:
  std::string path_;
  at::Tensor ordering_;  // [T] int64, from 0
  at::Tensor images_;    // [8, I] int64, from 0
};

/// The extra session's trials (nsdsynthetic_expdesign.mat: masterordering counts 284 images from 1, the same for everybody):
/// numbers 0..219 are everybody's grey images, 220 + 64 (s - 1) + i is colour image i of subject s. `shared` is true.
Trials synthetic_trials(const std::string& path, const std::string& subject, int64_t session);

/// Its files beside betas of this version. Error for a version that was not made for it.
Session synthetic_session(const std::string& version, int64_t trials);

/// One recording after the other.
Trials joined(const Trials& first, const Trials& second);

}  // namespace bgraph::io::nsd

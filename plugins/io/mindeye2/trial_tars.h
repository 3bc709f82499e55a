// Which trials MindEye2 trains and tests on: wds/subjAA/{train, test, new_test}/N.tar, a sample a trial.
//
// Of a sample's member behav.npy, float64 [1, 17], are read: 0 the 73k number (from 0), 1 the subject (from 1), 2 the session (from 1),
// 5 the row of the betas (from 0). Numbers of -1 mean missing and are an Error here. Archives are numbered from 0 without gap.
// Source: MindEye2's public data set and its notebook.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace bgraph::io {

struct TrialList {
  at::Tensor row;      // [N] int64, ascending
  at::Tensor image;    // [N] int64
  at::Tensor session;  // [N] int64, from 0
};

/// `subject` counts from 1; rows are below `rows`. Error naming archive, sample and number for what cannot be.
TrialList read_trial_tars(const std::string& folder, int64_t subject, int64_t rows);

}  // namespace bgraph::io

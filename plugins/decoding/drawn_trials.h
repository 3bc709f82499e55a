// Trials whose responses are not in memory: rows in files are read, views are computed, when the trials are looked at.
//
// Rows in files come one batch ahead of their use (TrialSet::read_ahead); with repeats averaged, a trial is the mean over the rows
// of its image, bit for bit as if all had been read first. Predictions of a view are not averaged, and change in their last bits
// with what is evaluated together.
#pragma once

#include "trial_set.h"

#include <bgraph/sdk/data/read_ahead.h>
#include <bgraph/sdk/values/betas_view.h>
#include <bgraph/sdk/values/response_rows.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace bgraph::decoding {

class DrawnTrials final : public DrawnRows {
 public:
  struct Which {
    bool files = true, views = true;  // which kinds stay where they are; the others are opened whole
  };
  /// Passes once over the rows in files, to know what is not measured.
  DrawnTrials(Context& ctx, const std::vector<Betas>& betas, bool averaged, Which drawn);

  /// The betas as a TrialSet takes them: of what is drawn, sizes alone.
  const std::vector<Betas>& sources() const { return sources_; }
  /// Numbers in files that are NaN.
  int64_t not_measured() const { return not_measured_; }
  /// Voxels of a subject that some trial measured, [V_s] bool; undefined where it is not in files.
  at::Tensor measured(size_t source, size_t subject) const;

  std::vector<at::Tensor> rows(const std::vector<AskedRows>& asked) override;
  void expect(const std::vector<AskedRows>& asked) override;

 private:
  struct InFiles {
    ResponseRows rows;
    at::Tensor measured;
  };
  std::vector<AskedRows> in_files(const std::vector<AskedRows>& asked) const;

  std::vector<Betas> sources_;
  std::map<size_t, PredictedRows> views_;                   // by source
  std::map<std::pair<size_t, size_t>, InFiles> files_;      // by source and subject
  int64_t not_measured_ = 0;
  ReadAhead<std::vector<AskedRows>, std::vector<at::Tensor>> batches_;  // last: its thread reads from the others
};

}  // namespace bgraph::decoding

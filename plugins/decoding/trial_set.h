// The trials of several sources (measured, predicted) and subjects as one numbered list, and batches of them.
#pragma once

#include <bgraph/sdk/components/voxel_batch.h>
#include <bgraph/sdk/context.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/data/row_share.h>
#include <bgraph/sdk/values/betas.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bgraph::decoding {

struct Trial {
  size_t source = 0;    // which of the given betas
  size_t subject = 0;   // index among the subjects of its source
  int64_t row = 0;      // of that subject's betas
  int64_t image_id = 0;
};

/// Rows of one subject of one source.
struct AskedRows {
  size_t source = 0, subject = 0;
  std::vector<int64_t> rows;
  bool operator==(const AskedRows&) const = default;
};

/// Where responses come from that are not in memory when a trial is drawn.
class DrawnRows {
 public:
  virtual ~DrawnRows() = default;
  /// [n, V_s] for each of those asked for.
  virtual std::vector<at::Tensor> rows(const std::vector<AskedRows>& asked) = 0;
  /// These will be asked for next: they may be fetched meanwhile.
  virtual void expect(const std::vector<AskedRows>&) {}
};

class TrialSet {
 public:
  /// All trials, source after source and subject after subject; with `averaged` the repeats of an image become
  /// one trial. Sources whose responses have sizes alone (the meta device) are asked of `drawn`, and are not
  /// averaged here. Error if there are no trials.
  TrialSet(const std::vector<Betas>& sources, bool averaged, std::shared_ptr<DrawnRows> drawn = {});

  int64_t size() const { return static_cast<int64_t>(trials_.size()); }
  const Trial& operator[](int64_t i) const { return trials_.at(static_cast<size_t>(i)); }
  const std::vector<Trial>& trials() const { return trials_; }

  /// Trials of one source: first and last + 1.
  std::pair<int64_t, int64_t> range(size_t source) const { return ranges_.at(source); }

  /// Betas that are NaN, of all trials: they are left out of batches.
  int64_t not_measured() const { return not_measured_; }

  /// Every voxel of these trials.
  VoxelBatch batch(const std::vector<int64_t>& trials) const;
  /// `voxels` draws per trial with replacement; what is drawn twice stands once. Brain-IT, training of BIT.
  VoxelBatch batch(const std::vector<int64_t>& trials, int64_t voxels, Rng& rng) const;
  /// The next batch will be of these.
  void read_ahead(const std::vector<int64_t>& trials) const;

 private:
  template <class Choose>
  VoxelBatch gather(const std::vector<int64_t>& trials, const Choose& chosen) const;
  struct Asked {
    std::vector<AskedRows> rows;
    std::vector<std::vector<size_t>> places;  // of each in the batch
  };
  Asked asked(const std::vector<int64_t>& trials) const;  // what is not in memory
  std::vector<at::Tensor> responses(const std::vector<int64_t>& trials) const;  // per trial [V_s], contiguous float32

  std::vector<std::vector<SubjectBetas>> sources_;  // contiguous float32, or sizes alone
  std::shared_ptr<DrawnRows> drawn_;
  std::vector<Trial> trials_;
  std::vector<std::pair<int64_t, int64_t>> ranges_;
  int64_t not_measured_ = 0;
};

/// begin, begin + 1, ... end - 1.
std::vector<int64_t> numbers(int64_t begin, int64_t end);

/// The trials of a batch that are this process's share.
VoxelBatch rows_of(const VoxelBatch& batch, const RowShare& share);

/// Warns of betas that are not measured, if there are some. `which`: "training" trials, "validation" trials.
void warn_not_measured(Context& ctx, int64_t count, const std::string& which);

}  // namespace bgraph::decoding

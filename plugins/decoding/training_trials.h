// The trials a decoder is trained on: which of them a step looks at, and which voxels of each. Shared by every node
// that trains one.
#pragma once

#include "batch_sampler.h"
#include "drawn_trials.h"
#include "trial_set.h"

#include <bgraph/sdk/params.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bgraph::decoding {

struct DrawParams {
  std::string averaging = "single";
  std::string external = "held";
  std::string measured = "held";
  int64_t voxels_per_sample = 0;
  double external_fraction = 0.5;

  template <class Visitor>
  void visit(Visitor& field) {
    field("averaging", averaging, one_of({"single", "repeats"}), "train on single trials or on means over repeats");
    field("voxels_per_sample", voxels_per_sample, at_least(0),
          "voxels drawn per trial and step, with replacement; 0: all voxels");
    field("external_fraction", external_fraction, between(0, 1), "share of predicted trials in a batch");
    field("external", external, one_of({"held", "drawn"}),
          "predicted trials that come as a view: all computed first and held, or those of each step when it draws them, where "
          "the last bits of a response change with what is evaluated together");
    field("measured", measured, operational(one_of({"held", "drawn"})),
          "trials whose responses stay in files: all read first and held, or those of each step when it draws them, a step ahead");
  }
};

/// Steps of AdamW, and how they are counted.
struct StepParams {
  int64_t epochs = 10;
  int64_t steps = 60;
  int64_t batch = 32;
  double rate = 1e-3;
  double weight_decay = 0.01;

  template <class Visitor>
  void visit(Visitor& field) {
    field("epochs", epochs, at_least(1), "validations during the training");
    field("steps", steps, at_least(0), "steps per epoch; 0: until every measured trial has been seen once");
    field("batch", batch, at_least(1), "trials per step");
    field("rate", rate, above(0), "largest learning rate of AdamW");
    field("weight_decay", weight_decay, at_least(0), "decoupled weight decay");
  }
};

class TrainingTrials {
 public:
  /// `voxels`: how many there are; Error if the betas reach beyond. Warns of betas that are not measured. Responses in files may
  /// come as they are (kStored).
  TrainingTrials(Context& ctx, const std::vector<Betas>& betas, const DrawParams& params, int64_t voxels);

  const TrialSet& set() const { return set_; }
  const std::vector<Betas>& sources() const { return drawn_->sources(); }  // of those that are drawn, sizes alone
  /// The numbers of the measured trials; of all where none is measured.
  std::vector<int64_t> measured() const;
  int64_t steps_per_epoch(const StepParams& params) const;  // as below
  /// Voxels of a subject that some trial measured or may be predicted for, [V_s] bool.
  at::Tensor reached(size_t source, size_t subject) const;

  /// The trials of a step; `first` counts those drawn before in this training run.
  std::vector<int64_t> draw(int64_t first, int64_t count, Rng& rng) { return sampler_.draw(first, count, rng); }
  /// Their responses, at the voxels drawn for each.
  VoxelBatch batch(const std::vector<int64_t>& which, Rng& rng) const;
  /// The next batch will be of these.
  void read_ahead(const std::vector<int64_t>& which) const { set_.read_ahead(which); }

 private:
  DrawParams params_;
  std::shared_ptr<DrawnTrials> drawn_;
  TrialSet set_;
  TrialSampler sampler_;
};

/// Steps until each of `measured` trials has been seen once, where external ones take that share of every batch; params.steps
/// if that is given. Where all trials are of one kind they count as measured.
int64_t steps_per_epoch(const StepParams& params, int64_t measured, double external_fraction);

/// Trials that choose the best parameters: repeats averaged. Warns and throws as TrainingTrials does; reads from files as it does.
TrialSet held_out_trials(Context& ctx, const Betas& betas, int64_t voxels, const DrawParams& params);

/// Mean over `trials` trials of mean_of(first .. last), which sees at most `size` at a time: a validation loss.
double mean_over(int64_t trials, int64_t size, const std::function<double(const std::vector<int64_t>&)>& mean_of);

}  // namespace bgraph::decoding

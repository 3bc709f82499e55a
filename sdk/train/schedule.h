// Learning rates over a training run.
//
// Epochs count from 0; `done` is the part of the epoch already trained, in [0, 1).
// A schedule may watch the validation score; its state is part of a checkpoint.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <cstdint>
#include <memory>

namespace bgraph {

class Schedule {
 public:
  virtual ~Schedule();
  virtual double rate(int64_t epoch, double done) const = 0;
  /// The validation score after `epoch`.
  virtual void observe(int64_t epoch, double score);
  /// True when training on is pointless.
  virtual bool finished(int64_t epoch) const;
  virtual Json state() const;
  virtual void restore(const Json& state);
};

std::unique_ptr<Schedule> constant_rate(double rate);

/// Cubic warm-up, then a rate that falls when the score stops improving.
///   warm-up, epoch e of n:  rate * (1e-3 + (1 - 1e-3) ((e + 1) / n)^3)       constant within an epoch
///   afterwards:             rate *= factor after more than `patience` validations in a row none of which was
///                           better than the best one by more than `threshold` (absolute; NaN is never better)
/// Finished after an epoch whose rate was below `stop_below`.
/// Source: Brain-IT (arXiv:2510.25976), training details, and its authors' release (shape of the warm-up);
/// the plateau rule is that of torch's ReduceLROnPlateau.
struct PlateauOptions {
  double rate = 1e-3;
  int64_t warmup_epochs = 0;
  bool higher_is_better = false;
  double factor = 0.1;
  int64_t patience = 5;
  double threshold = 1e-3;
  double stop_below = 1e-7;
};
std::unique_ptr<Schedule> plateau_rate(const PlateauOptions& options);

/// Linear warm-up, then half a cosine down to nothing:
///   rate * t / w  for t < w,   rate * (1 + cos(pi (t - w) / (n - w))) / 2  after     t = epoch + done
/// Source: Loshchilov & Hutter 2017, eq. 5 without restarts.
std::unique_ptr<Schedule> cosine_rate(double rate, int64_t epochs, double warmup_epochs = 0.0);

/// Linear ramp, then constant:
///   rate * (start + (1 - start) t / w)  for t < w,   rate  after     t = epoch + done
/// Source: Brain-IT (arXiv:2510.25976), joint training: 1000 steps from 1e-6 of the rate (authors' release).
std::unique_ptr<Schedule> ramp_rate(double rate, double warmup_epochs, double start = 1e-6);

}  // namespace bgraph

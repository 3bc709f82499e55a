// Ranks: the processes that train one node together, each on its rows of every batch.
//
//   const Ranks& ranks = ranks_of(ctx);
//   train(ctx, parameters, *schedule, options, [&](const TrainStep& at) {
//     const Batch batch = draw(ctx.rng("batch", at.epoch, at.step));  // the whole batch, the same on every rank
//     const RowShare mine = ranks.share(batch.size());
//     const RowScope scope(mine);                                     // dropout as for the whole batch
//     return loss_of(ranks.gather(model(batch.rows(mine)), mine), batch.targets);
//   });
//
// The loss of a step is the mean of what the ranks return, its gradient the mean of theirs. A loss of gathered rows
// (contrastive ones need the negatives of all ranks) is therefore the loss of one process; so is a mean over own
// rows times mine.weight(). N ranks then give the curve of one, but for rounding.
//
// Who is there is decided outside: `ranks = N` on the node in a graph, torchrun or srun. With one rank everything
// here is the identity. Every rank must make the same calls in the same order.
#pragma once

#include <bgraph/sdk/contract/unit.h>
#include <bgraph/sdk/data/row_share.h>

#include <ATen/core/Tensor.h>

#include <memory>

namespace bgraph {

class Collectives;
class Context;

class Ranks {
 public:
  Ranks();  // alone
  /// Joins the others: gloo between CPUs, NCCL between GPUs. Waits until all are there.
  /// Error if they do not come, or this build has no such library.
  Ranks(const RankPlace& place, const at::Device& device);
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool first() const { return rank_ == 0; }  // the one that validates, writes checkpoints and publishes

  /// The rows of a batch this rank works on: consecutive, as equal as can be. Where there are fewer rows than
  /// ranks, every rank does all of them.
  RowShare share(int64_t rows) const;
  /// Rows of all ranks in order, with gradient.   [count, ...] -> [total, ...]; of a share that is whole, itself
  at::Tensor gather(const at::Tensor& rows, const RowShare& mine) const;
  /// Every rank gets the mean over ranks. Numbers that are not differentiated.
  double mean(double value) const;
  /// Every rank gets what rank 0 says. The tensor is overwritten elsewhere.
  double of_first(double value) const;
  void of_first(at::Tensor& tensor) const;

  /// True once a batch was shared: a node that never does gains nothing from ranks.
  bool used() const { return used_; }
  /// For sums that overlap with computing (gradient_buckets.h); null alone.
  Collectives* gradients() const { return gradients_.get(); }

 private:
  int rank_ = 0, size_ = 1;
  at::Device device_ = at::kCPU;
  mutable bool used_ = false;
  std::unique_ptr<Collectives> rows_, gradients_;  // apart, so that the order of one does not depend on the other
};

/// What a host of nodes implements beside Context to let them share work.
class HasRanks {
 public:
  virtual ~HasRanks();
  virtual const Ranks& ranks() const = 0;
};

/// The ranks of the node that runs in this context; one where the host knows of none.
const Ranks& ranks_of(const Context& ctx);

}  // namespace bgraph

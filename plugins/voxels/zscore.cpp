// voxels.zscore: every voxel with mean 0 and standard deviation 1 inside each session.
//
//   z = (x - mean) / sd        mean and sd (ddof 0) of the voxel over the trials of one session
//
// stats = "train": over the session's training trials alone. stats = "all": over validation and test trials too, as the
// published pipelines do; that is transductive, is warned about and stands in the value. `within`: "session", or "subject" for
// one mean over everything (data sets without sessions). A session is whatever the reader put there: io.nsd with
// blocks = "run" makes it a run. A constant voxel becomes 0; NaN trials are left out of the statistics and stay NaN.
//
// Rows that stay in their files stay there: statistics are noted (one pass over the data), numbers are scaled when read.
//
// Source: NSD preparation of Brain-IT (arXiv:2510.25976) and MindEye2 (arXiv:2403.11207): per session; the Universal Brain
// Encoder (arXiv:2406.12179) says per run.
//
//   [nodes.z]
//   type   = "voxels.zscore"
//   stats  = "train"
//   inputs = { betas = "data.train", validation = "data.validation", test = "data.test" }

#include "splits.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <limits>
#include <map>
#include <set>

namespace bgraph::voxels {

struct ZscoreParams {
  std::string stats = "train", within = "session";

  template <class Visitor>
  void visit(Visitor& field) {
    field("stats", stats, one_of({"train", "all"}), "trials that give mean and sd; all is transductive");
    field("within", within, one_of({"session", "subject"}), "what is brought to mean 0 by itself");
  }
};

class Zscore final : public OverSplits {
 public:
  explicit Zscore(ZscoreParams params) : params_(std::move(params)) {}

  void run(Context& ctx) override {
    const auto splits = given();
    std::vector<Statistics> of_subject;
    for (size_t s = 0; s < betas->subjects.size(); ++s) {
      std::vector<const SubjectBetas*> sources = {&betas->subjects[s]};
      if (params_.stats == "all")
        for (size_t k = 1; k < splits.size(); ++k) sources.push_back(&splits[k]->subjects[s]);
      of_subject.push_back(statistics(ctx, sources));
      ctx.progress(static_cast<int64_t>(s) + 1, static_cast<int64_t>(betas->subjects.size()));
    }
    if (params_.stats == "all" && splits.size() > 1) ctx.warn("z-scored with statistics of all trials, held-out ones included: transductive");
    each({{"what", "zscore"}, {"stats", params_.stats}, {"within", params_.within}, {"ddof", 0}},
         [&](const SubjectBetas& trials, size_t s) { return scaled(trials, of_subject[s]); });
  }

 private:
  struct Statistics {
    std::vector<int64_t> sessions;  // ascending
    at::Tensor mean, sd;            // [G, V]
  };

  at::Tensor group_of(const SubjectBetas& trials) const {
    return params_.within == "session" ? trials.session : at::zeros_like(trials.session);
  }

  Statistics statistics(Context& ctx, const std::vector<const SubjectBetas*>& sources) const {
    std::set<int64_t> sessions;
    for (const auto* source : sources) {
      const at::Tensor group = group_of(*source).contiguous();
      sessions.insert(group.data_ptr<int64_t>(), group.data_ptr<int64_t>() + group.numel());
    }
    Statistics found{.sessions = {sessions.begin(), sessions.end()}, .mean = {}, .sd = {}};
    std::vector<at::Tensor> means, sds;
    for (const int64_t session : found.sessions) {
      ctx.stop_if_cancelled();
      std::vector<at::Tensor> rows;
      for (const auto* source : sources) rows.push_back(responses(ctx, *source, group_of(*source).eq(session).nonzero().flatten()));
      const at::Tensor values = at::cat(rows).to(at::kDouble);         // [n, V]
      const at::Tensor mean = values.nanmean(0);                       // [V]
      const at::Tensor sd = (values - mean).square().nanmean(0).sqrt();  // [V]
      means.push_back(mean.to(at::kFloat));
      sds.push_back(at::where(sd.gt(0), sd, at::full_like(sd, std::numeric_limits<double>::infinity())).to(at::kFloat));
    }
    if (found.sessions.empty()) throw Error(sources.front()->subject + " has no trials to take mean and sd from");
    found.mean = at::stack(means), found.sd = at::stack(sds);
    // NaN voxels: sd NaN compares as not above 0 and would become infinity; they stay NaN through the mean.
    return found;
  }

  /// Row of the statistics for every trial. Error for a session without any.
  at::Tensor rows_of(const SubjectBetas& trials, const Statistics& statistics) const {
    const at::Tensor known = at::tensor(statistics.sessions, at::kLong), group = group_of(trials).contiguous();
    const at::Tensor row = at::searchsorted(known, group).clamp_max(known.numel() - 1);
    if (!known.index_select(0, row).equal(group))
      throw Error(trials.subject + " has trials of a session without training trials, whose mean and sd are not known", "use stats = \"all\", or leave that session out");
    return row;
  }

  SubjectBetas scaled(const SubjectBetas& trials, const Statistics& statistics) const {
    SubjectBetas result = trials;
    const at::Tensor row = rows_of(trials, statistics);
    if (!trials.stored) {
      result.betas = (trials.betas - statistics.mean.index_select(0, row)) / statistics.sd.index_select(0, row);
      return result;
    }
    if (trials.stored->mean.defined()) throw Error(trials.subject + " is z-scored already", "take the responses of the reader");
    auto stored = std::make_shared<StoredRows>(*trials.stored);
    stored->group = row, stored->mean = statistics.mean, stored->sd = statistics.sd;
    result.stored = stored;
    return result;
  }

  ZscoreParams params_;
};

BGRAPH_NODE(Zscore, "voxels.zscore")

}  // namespace bgraph::voxels

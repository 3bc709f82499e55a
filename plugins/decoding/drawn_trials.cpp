#include "drawn_trials.h"

#include <ATen/ops/tensor.h>

namespace bgraph::decoding {

DrawnTrials::DrawnTrials(Context& ctx, const std::vector<Betas>& betas, bool averaged, Which drawn)
    : batches_([this, &ctx](const std::vector<AskedRows>& asked) {
        std::vector<at::Tensor> found;
        for (const auto& some : asked)
          found.push_back(files_.at({some.source, some.subject}).rows.read(ctx, at::tensor(some.rows, at::kLong)));
        return found;
      }) {
  for (size_t s = 0; s < betas.size(); ++s) {
    const bool view = !betas[s].views.empty();
    if (betas[s].in_memory() || !(view ? drawn.views : drawn.files)) {
      sources_.push_back(materialized(ctx, betas[s]));
    } else if (view) {
      sources_.push_back(views_.try_emplace(s, ctx, betas[s]).first->second.trials());
    } else {
      sources_.push_back(betas[s]);
      for (size_t i = 0; i < betas[s].subjects.size(); ++i) {
        SubjectBetas& subject = sources_.back().subjects[i];
        if (!subject.stored) continue;
        ResponseRows rows({subject}, averaged);
        const auto measured = rows.measured(ctx);
        not_measured_ += measured.missing;
        subject = rows.samples();
        files_.emplace(std::pair(s, i), InFiles{std::move(rows), measured.any});
      }
    }
  }
}

at::Tensor DrawnTrials::measured(size_t source, size_t subject) const {
  const auto found = files_.find({source, subject});
  return found == files_.end() ? at::Tensor() : found->second.measured;
}

std::vector<AskedRows> DrawnTrials::in_files(const std::vector<AskedRows>& asked) const {
  std::vector<AskedRows> some;
  for (const auto& rows : asked)
    if (files_.contains({rows.source, rows.subject})) some.push_back(rows);
  return some;
}

std::vector<at::Tensor> DrawnTrials::rows(const std::vector<AskedRows>& asked) {
  std::vector<at::Tensor> read, found;
  if (const auto wanted = in_files(asked); !wanted.empty()) read = batches_.take(wanted);
  auto next = read.begin();
  for (const auto& some : asked)
    found.push_back(files_.contains({some.source, some.subject}) ? *next++ : views_.at(some.source).rows(some.subject, some.rows));
  return found;
}

void DrawnTrials::expect(const std::vector<AskedRows>& asked) {
  if (auto wanted = in_files(asked); !wanted.empty()) batches_.begin(std::move(wanted));
}

}  // namespace bgraph::decoding

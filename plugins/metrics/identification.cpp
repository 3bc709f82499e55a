#include "identification.h"

#include <algorithm>
#include <limits>

namespace bgraph::metrics {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

at::Tensor Identification::two_way() const {
  return at::where(others > 0, beaten / others, at::full({}, kNone, at::kDouble));
}

at::Tensor Identification::rank() const { return 1.0 + others - beaten; }

at::Tensor Identification::top1(int64_t ways) const {
  at::Tensor chance = at::ones_like(beaten);  // of drawing only beaten distractors, one after the other
  for (int64_t drawn = 0; drawn < ways - 1; ++drawn)
    chance *= ((beaten - drawn) / (others - drawn).clamp_min(1)).clamp_min(0);
  return chance.masked_fill(others < ways - 1, kNone);
}

at::Tensor Identification::top(int64_t ways, int64_t best) const {
  const auto log_choose = [](const at::Tensor& n, const at::Tensor& k) {
    return at::lgamma(n + 1) - at::lgamma(k + 1) - at::lgamma((n - k).clamp_min(0) + 1);
  };
  const at::Tensor drawn = at::full_like(others, static_cast<double>(ways - 1)), better = others - beaten;
  at::Tensor chance = at::zeros_like(beaten);
  for (int64_t i = 0; i < std::min(best, ways); ++i) {  // i of the drawn are better than the own
    const at::Tensor above = at::full_like(others, static_cast<double>(i)), below = drawn - above;
    const at::Tensor possible = (better >= above).logical_and(beaten >= below);
    chance += at::where(possible, (log_choose(better, above) + log_choose(beaten, below) - log_choose(others, drawn)).exp(),
                        at::zeros({}, at::kDouble));
  }
  return chance.masked_fill(others < ways - 1, kNone);
}

Identification identify(const at::Tensor& r, const Candidates& candidates) {
  const at::Tensor own_r = r.gather(0, candidates.own.unsqueeze(0));  // [1, M]
  at::Tensor competes = at::ones_like(r, at::kBool);                   // [N, M]
  if (candidates.category.defined()) {
    const at::Tensor own = candidates.category.index_select(0, candidates.own).unsqueeze(0);  // [1, M]
    competes = (candidates.category.unsqueeze(1) == own).logical_and(own >= 0);
  }
  const at::Tensor beaten = competes.logical_and(r < own_r);  // never its own: the comparison is strict
  return {beaten.sum(0).to(at::kDouble), (competes.sum(0).to(at::kDouble) - 1).clamp_min(0)};
}

}  // namespace bgraph::metrics

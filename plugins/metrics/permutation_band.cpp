#include "permutation_band.h"

#include <cmath>

namespace bgraph::metrics {

namespace {

/// beaten [N, M]: how many competitors reconstruction j would beat if image i were its own.
/// One sort per column: the number of strictly smaller r is the first place r could be sorted into.
at::Tensor beaten_by_label(const at::Tensor& r) {
  const at::Tensor columns = r.t().contiguous();  // [M, N]
  const at::Tensor sorted = std::get<0>(columns.sort(1));
  return at::searchsorted(sorted, columns).t().to(at::kDouble);
}

/// [N, M] two-way identification of reconstruction j if image i were its own; NaN without distractors.
at::Tensor two_way_by_label(const at::Tensor& r, const Candidates& candidates) {
  if (!candidates.category.defined())
    return r.size(0) < 2 ? at::full_like(r, std::nan("")) : beaten_by_label(r) / static_cast<double>(r.size(0) - 1);
  at::Tensor share = at::full_like(r, std::nan(""));
  const at::Tensor names = std::get<0>(at::_unique2(candidates.category));
  for (int64_t g = 0; g < names.size(0); ++g) {
    const at::Tensor members = (candidates.category == names[g]).nonzero().flatten();
    if (members.size(0) < 2 || names[g].item<int64_t>() < 0) continue;
    const at::Tensor inside = beaten_by_label(r.index_select(0, members));
    share.index_copy_(0, members, inside / static_cast<double>(members.size(0) - 1));
  }
  return share;
}

}  // namespace

at::Tensor permuted_labels(int64_t images, const at::Tensor& category, int64_t permutations, Rng rng) {
  const at::Tensor group = category.defined() ? category.to(at::kDouble) : at::zeros({images}, at::kDouble);
  const at::Tensor keys = rng.uniform({permutations, images}).to(at::kDouble);  // below 1: groups stay apart
  const at::Tensor mixed = (2 * group.unsqueeze(0) + keys).argsort(int64_t{1}, false);  // group after group, each in random order
  return at::empty_like(mixed).index_copy_(1, group.argsort(int64_t{0}, false), mixed);
}

at::Tensor permuted_two_way(const at::Tensor& r, const Candidates& candidates, const at::Tensor& labels) {
  const at::Tensor share = two_way_by_label(r, candidates);                                   // [N, M]
  const at::Tensor label = labels.index_select(1, candidates.own);                            // [permutations, M]
  const at::Tensor place = label * r.size(1) + at::arange(r.size(1), at::kLong).unsqueeze(0);  // in share, flat
  return share.contiguous().view(-1).index_select(0, place.view(-1)).view(label.sizes()).nanmean(1);
}

}  // namespace bgraph::metrics

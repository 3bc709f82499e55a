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

/// A permutation of 0 .. N-1 that moves labels only among images of one group.
at::Tensor shuffle_inside(const std::vector<at::Tensor>& groups, int64_t n, Rng& rng) {
  at::Tensor to = at::empty({n}, at::kLong);
  for (const auto& members : groups)
    to.index_copy_(0, members, members.index_select(0, rng.permutation(members.size(0))));
  return to;
}

}  // namespace

at::Tensor permuted_two_way(const at::Tensor& r, const Candidates& candidates, int64_t permutations, Rng rng) {
  const int64_t images = r.size(0);
  std::vector<at::Tensor> groups;
  at::Tensor share = at::full_like(r, std::nan(""));  // [N, M] two-way of j if i were its own
  if (candidates.category.defined()) {
    const at::Tensor names = std::get<0>(at::_unique2(candidates.category));
    for (int64_t g = 0; g < names.size(0); ++g)
      groups.push_back((candidates.category == names[g]).nonzero().flatten());
  } else {
    groups.push_back(at::arange(images, at::kLong));
  }
  for (const auto& members : groups) {
    const bool uncategorised = candidates.category.defined() && candidates.category[members[0]].item<int64_t>() < 0;
    if (members.size(0) < 2 || uncategorised) continue;
    const at::Tensor inside = r.index_select(0, members);
    share.index_copy_(0, members, beaten_by_label(inside) / static_cast<double>(members.size(0) - 1));
  }
  at::Tensor means = at::empty({permutations}, at::kDouble);
  for (int64_t p = 0; p < permutations; ++p) {
    const at::Tensor label = shuffle_inside(groups, images, rng).index_select(0, candidates.own);  // [M]
    means[p] = share.gather(0, label.unsqueeze(0)).nanmean();
  }
  return means;
}

}  // namespace bgraph::metrics

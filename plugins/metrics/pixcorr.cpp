#include "pixcorr.h"

#include <bgraph/sdk/data/correlation.h>

namespace bgraph::metrics {

at::Tensor pixcorr(const at::Tensor& seen, const at::Tensor& recon, Resize to) {
  constexpr int64_t kBatch = 64;  // images enlarged at a time: 139 MB at 425 pixels
  std::vector<at::Tensor> scores{at::empty({0}, at::kDouble)};
  for (int64_t from = 0; from < seen.size(0); from += kBatch) {
    const auto part = [&](const at::Tensor& images) {
      return resized(images.slice(0, from, from + kBatch), to);
    };
    scores.push_back(paired_correlation(part(seen), part(recon)));
  }
  return at::cat(scores);
}

}  // namespace bgraph::metrics

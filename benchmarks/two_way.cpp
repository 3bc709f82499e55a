// How long does two-way identification of 1000 images take, and how far is it from one matrix product?
//
//   bench_two_way [FEATURES] [IMAGES]       9216 features (AlexNet's last map at 224), 1000 images by default
//
// Ours accumulates in double and cuts the features into blocks, so no float64 copy of a layer exists; the plain
// reference standardises whole float64 copies and multiplies once; the naive loop correlates pair by pair (a tenth of
// the pairs is timed and scaled). The machine's limit is the float64 product alone.
#include "identification.h"

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/data/rng.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace {

using namespace bgraph;

/// Median time of `repeats` calls, in ms.
template <class Work>
double median_ms(int repeats, Work work) {
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + repeats / 2, times.end());
  return times[static_cast<size_t>(repeats / 2)];
}

at::Tensor standardised(const at::Tensor& rows) {
  const at::Tensor centred = rows.to(at::kDouble) - rows.to(at::kDouble).mean(1, true);
  return centred / centred.square().sum(1, true).sqrt();
}

double two_way(const at::Tensor& r) {
  return metrics::identify(r, {at::arange(r.size(1), at::kLong), {}}).two_way().mean().item<double>();
}

/// Pearson of rows i and j, one pair at a time.
double pair(const float* a, const float* b, int64_t n) {
  double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
  for (int64_t i = 0; i < n; ++i) ma += a[i], mb += b[i];
  ma /= static_cast<double>(n), mb /= static_cast<double>(n);
  for (int64_t i = 0; i < n; ++i) {
    const double x = a[i] - ma, y = b[i] - mb;
    ab += x * y, aa += x * x, bb += y * y;
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace

int main(int count, char** words) {
  const int64_t features = count > 1 ? std::atoll(words[1]) : 9216, images = count > 2 ? std::atoll(words[2]) : 1000;
  Rng rng(0, "benchmark", "two_way", 0, 0);
  const at::Tensor real = rng.normal({images, features}), recon = 0.02 * real + rng.normal({images, features});
  double score = 0, reference_score = 0;
  const double ours = median_ms(5, [&] { score = two_way(correlation_matrix(real, recon)); });
  const double reference = median_ms(5, [&] { reference_score = two_way(standardised(real).matmul(standardised(recon).t())); });
  const at::Tensor x = standardised(real), y = standardised(recon).t().contiguous();
  at::Tensor product;
  const double limit = median_ms(5, [&] { product = x.matmul(y); });
  const int64_t tenth = std::max<int64_t>(1, images / 10);
  double sink = 0;
  const double naive = static_cast<double>(images) / static_cast<double>(tenth) * median_ms(1, [&] {
    for (int64_t i = 0; i < tenth; ++i)
      for (int64_t j = 0; j < images; ++j) sink += pair(real.data_ptr<float>() + i * features, recon.data_ptr<float>() + j * features, features);
  });
  fmt::print("{} images x {} features: two-way {:.4f} (reference {:.4f})\n", images, features, score, reference_score);
  fmt::print("ours {:.0f} ms; plain reference {:.2f}x; naive loop {:.1f}x; the product alone {:.2f}x of ours\n", ours, reference / ours,
             naive / ours, limit / ours);
  return sink == sink ? 0 : 1;
}

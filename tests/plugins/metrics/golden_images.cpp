#include "golden_images.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <cmath>
#include <fstream>

namespace bgraph::metrics {

namespace {

/// value(i) = float32(c + s (2 u(i) - 1)), u(i) from fnv1a64(name) + seed, as the golden files fill tensors.
at::Tensor fill(const std::string& name, const std::vector<int64_t>& shape, uint64_t seed, double c, double s) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  auto* out = tensor.data_ptr<float>();
  const uint64_t start = fnv1a64(name) + seed;
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    const uint64_t h = splitmix64(start + static_cast<uint64_t>(i) * 0x9E3779B97F4A7C15ull);
    const double u = static_cast<double>(h >> 40) * 0x1p-24;
    out[i] = static_cast<float>(c + s * (2 * u - 1));
  }
  return tensor;
}

at::Tensor input(const Json& file, const std::string& name) {
  for (const auto& entry : file.at("inputs"))
    if (entry[0] == name) return fill(name, entry[1], file.at("seed"), entry[2], entry[3]);
  throw Error("the golden case has no input " + name);
}

/// One pixel of image k, before clipping.
double pixel(int64_t k, int64_t channel, double x, double y, const double* par, double noise) {
  const double a = par[0], p = par[2], q = par[3], r = par[4], s = par[5], c = static_cast<double>(channel);
  switch (k % 4) {
    case 0: return a * x + (1 - a) * y * (0.3 + 0.3 * c);
    case 1: return 0.15 + 0.7 * std::fmod(std::floor(x * (3 + 5 * p)) + std::floor(y * (3 + 5 * q)) + c, 2.0);
    case 2:
      return 0.5 + 0.45 * std::sin(2 * M_PI * ((1 + 6 * p) * x + (1 + 4 * q) * y + 0.2 * c + r)) *
                       std::cos(2 * M_PI * 3 * s * y);
    default: return noise * (0.4 + 0.6 * x) + 0.1 * c * (1 - x);
  }
}

at::Tensor make_seen(const Json& file) {
  const at::Tensor par = input(file, "input.par").to(at::kDouble), noise = input(file, "input.noise");
  const int64_t n = noise.size(0), size = noise.size(2);
  at::Tensor images = at::empty(noise.sizes(), at::kFloat);
  const auto* noises = noise.data_ptr<float>();
  auto* out = images.data_ptr<float>();
  const double last = static_cast<double>(size - 1);
  for (int64_t k = 0, i = 0; k < n; ++k)
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t row = 0; row < size; ++row)
        for (int64_t col = 0; col < size; ++col, ++i) {
          const double value = pixel(k, c, static_cast<double>(col) / last, static_cast<double>(row) / last,
                                     par.data_ptr<double>() + 6 * k, noises[i]);
          out[i] = static_cast<float>(std::min(1.0, std::max(0.0, value)));
        }
  return images;
}

at::Tensor make_recon(const Json& file, const at::Tensor& seen) {
  const at::Tensor images = seen.to(at::kDouble), noise = input(file, "input.recon_noise").to(at::kDouble);
  std::vector<at::Tensor> recon;
  const int64_t n = seen.size(0);
  for (int64_t k = 0; k < n; ++k)
    recon.push_back((0.55 + 0.1 * static_cast<double>(k % 3)) * images[k] + 0.2 * images[(k + 1) % n] + 0.15 * noise[k]);
  return at::stack(recon).clamp(0, 1).to(at::kFloat);
}

void flatten(const Json& json, std::vector<double>& out) {
  if (json.is_number()) out.push_back(json);
  else
    for (const auto& entry : json) flatten(entry, out);
}

}  // namespace

const Json& GoldenMetrics::output(const std::string& name) const {
  for (const auto& record : file.at("outputs"))
    if (record.at("name") == name) return record;
  throw Error("the golden case has no output " + name);
}

at::Tensor GoldenMetrics::values(const std::string& name) const {
  const Json& record = output(name);
  std::vector<double> numbers;
  flatten(record.at("values"), numbers);
  return at::tensor(numbers, at::kDouble).view(record.at("shape").get<std::vector<int64_t>>());
}

double GoldenMetrics::tolerance(const std::string& name) const { return output(name).at("tol_abs"); }

const GoldenMetrics* golden_metrics() {
  static const std::optional<GoldenMetrics> golden = []() -> std::optional<GoldenMetrics> {
    std::ifstream stream(testing::golden_folder() / "metrics.json");
    if (!stream) return std::nullopt;
    GoldenMetrics made{.file = Json::parse(stream)};
    made.seen = make_seen(made.file);
    made.recon = make_recon(made.file, made.seen);
    made.feat_real = input(made.file, "input.feat_real").to(at::kDouble);
    made.feat_recon = 0.35 * made.feat_real + input(made.file, "input.feat_noise").to(at::kDouble);
    return made;
  }();
  if (!golden) WARN("skipped: no golden folder (BGRAPH_GOLDEN)");
  return golden ? &*golden : nullptr;
}

}  // namespace bgraph::metrics

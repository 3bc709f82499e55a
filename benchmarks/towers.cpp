// What does one forward pass of a published vision tower cost, in time and memory?
//
//   bench_towers COMPONENT [PRECISION [IMAGES]]        features.open_clip bfloat16 1
//
// Beside it stand the matrix products of its blocks alone (same shapes, same precision), the least any implementation
// must do, and the peak memory of the process with the bytes of the weights: the difference is what the pass needed.
// Weights are drawn, in their final precision from the start.
#include "cost.h"

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/host/plugin_host.h>
#include <bgraph/sdk/nn/parameter_kind.h>

#include <fmt/format.h>

#include <cstdlib>

namespace {

using namespace bgraph;
using namespace bgraph::benchmarks;

/// Every weight matrix of the blocks once: tokens [B, N, in] W^T.
double products(const ImageBackbone& tower, int64_t images, int64_t tokens) {
  double total = 0;
  for (const auto& weight : tower.parameters()) {
    if (weight.dim() != 2 || weight.size(0) < 512 || weight.size(1) < 512) continue;
    const auto x = at::ones({images * tokens, weight.size(1)}, weight.options().requires_grad(false));
    total += seconds([&] { at::linear(x, weight); });
  }
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string component = argc > 1 ? argv[1] : "features.open_clip";
  const std::string precision = argc > 2 ? argv[2] : "bfloat16";
  const int64_t images = argc > 3 ? std::atoll(argv[3]) : 1;
  const at::NoGradGuard no_grad;
  PluginHost host;
  host.load(BGRAPH_TOWERS_PLUGIN);
  const ParameterScope scope({.dtype = precision == "bfloat16" ? at::kBFloat16 : at::kFloat});
  const auto tower = std::static_pointer_cast<ImageBackbone>(
      host.make_component(component, Json::object(), ImageBackbone::kInterface));
  const double drawn = seconds([&] { tower->initialise(Rng(1, "bench", "weights", 0, 0)); });
  double parameters = 0, bytes = 0;
  for (const auto& weight : tower->parameters()) {
    parameters += static_cast<double>(weight.numel());
    bytes += static_cast<double>(weight.nbytes());
  }
  const double before = peak_gib();
  const int64_t side = tower->image_size(), tokens = tower->sizes().taps.back().positions;
  const auto pictures = Rng(1, "bench", "pictures", 0, 0).uniform({images, 3, side, side});
  const double first = seconds([&] { tower->forward(pictures); });
  const double second = seconds([&] { tower->forward(pictures); });
  const double least = products(*tower, images, tokens);
  fmt::print("{} {}: {:.0f} parameters, {:.2f} GB of weights, drawn in {:.0f} s\n", component, precision, parameters,
             bytes / 1e9, drawn);
  fmt::print("forward of {} images: {:.2f} s, again {:.2f} s; matrix products alone {:.2f} s, ratio {:.2f}\n", images, first,
             second, least, second / least);
  fmt::print("peak memory {:.2f} GiB, {:.2f} GiB before the first pass\n", peak_gib(), before);
}

// How long does one guided step of the full-size unCLIP prior take, and in how much memory?
//
//   bench_unclip_forward [SIDE [PRECISION]]       latents of 32 x 32 (256 pixels) in bfloat16 by default
//
// 2.5 G parameters, a batch of two (with and without condition), 256 tokens of 1664. Weights are random numbers
// repeated, scaled so that what passes through keeps its size. Beside it: what the machine needs to read all weights
// once, and its rate on a square matrix product in the same precision.
#include "cost.h"

#include <bgraph/sdk/components/denoising_network.h>
#include <bgraph/sdk/host/plugin_host.h>
#include <bgraph/sdk/nn/parameter_kind.h>

#include <fmt/format.h>
#include <torch/types.h>

#include <cmath>
#include <cstdlib>

namespace {

using namespace bgraph;
using namespace bgraph::benchmarks;

/// A block of normal numbers again and again: drawing 2.5 G of them would take longer than using them.
void fill(torch::nn::Module& network) {
  const auto block = Rng(1, "benchmark", "weights", 0, 0).normal({1 << 20});
  for (auto& item : network.named_parameters()) {
    auto& weight = item.value();
    const bool bias = weight.dim() == 1;
    const double deviation = bias ? 0.02 : 1 / std::sqrt(static_cast<double>(weight.numel() / weight.size(0)));
    const bool scale_of_norm = bias && item.key().ends_with("weight");
    const auto numbers = (block * deviation + (scale_of_norm ? 1.0 : 0.0)).to(weight.scalar_type());
    for (const auto& part : weight.view({-1}).split(block.numel())) part.copy_(numbers.slice(0, 0, part.numel()));
  }
}

}  // namespace

int main(int count, char** words) {
  const int64_t side = count > 1 ? std::atoi(words[1]) : 32;
  const std::string precision = count > 2 ? words[2] : "bfloat16";
  const at::NoGradGuard guard;
  const ParameterScope unfilled({.filled = false});
  PluginHost host;
  host.offer_components({{"diffusion.sgm_unet", BGRAPH_PLUGIN_FOLDER "/diffusion.sgm_unet.so"}});
  std::shared_ptr<DenoisingNetwork> unet;
  const double build = seconds([&] {
    unet = std::static_pointer_cast<DenoisingNetwork>(
        host.make_component("diffusion.sgm_unet", {{"precision", precision}}, DenoisingNetwork::kInterface));
    fill(*unet);
  });
  const auto weights = unet->parameters();
  int64_t numbers = 0;
  for (const auto& weight : weights) numbers += weight.numel();
  fmt::print("{} parameters in {}: built and filled in {:.1f} s, peak {:.2f} GiB\n", numbers, precision, build,
             peak_gib());

  const double read = seconds([&] {
    for (const auto& weight : weights) weight.max();
  });
  const auto square = at::ones({2048, 2048}, weights.front().options().requires_grad(false));
  at::matmul(square, square);
  const double product = seconds([&] { at::matmul(square, square); });
  const double rate = 2 * std::pow(2048.0, 3) / product / 1e9;

  Rng rng(2, "benchmark", "inputs", 0, 0);
  const auto x = rng.normal({2, 4, side, side}), context = rng.normal({2, 256, 1664}), vector = rng.uniform({2, 1024});
  const auto t = at::full({2}, 630, at::kLong);
  at::Tensor noise;
  for (int i = 0; i < 2; ++i) {
    const double forward = seconds([&] { noise = unet->forward(x, t, context, vector); });
    fmt::print("guided step {} at {} x {} latents: {:.2f} s = {:.1f} x reading the weights once ({:.2f} s); matrix "
               "product {:.0f} GFLOP/s; sd of the output {:.2f}; peak {:.2f} GiB\n",
               i, side, side, forward, forward / read, read, rate, noise.std().item<double>(), peak_gib());
  }
  return noise.isfinite().all().item<bool>() ? 0 : 1;
}

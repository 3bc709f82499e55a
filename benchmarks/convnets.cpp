// In which memory layout and precision do convolutional networks run fastest?
//
//   bench_convnets [ROUNDS [IMAGES [COMPONENT]]]            3 rounds of 1 image, all of them by default
//
// Each network is built four times: float32 and bfloat16, rows of one channel together ("planes") and channels of one
// pixel together ("pixels"). The four take turns, forward and then forward with the gradient of the image, as deep image
// prior needs it. Printed: median seconds of float32 planes, and the others as ratios to it; how far outputs differ.
#include "cost.h"

#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/host/plugin_host.h>
#include <bgraph/sdk/nn/parameter_kind.h>

#include <fmt/format.h>
#include <torch/types.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

namespace {

using namespace bgraph;
using namespace bgraph::benchmarks;

struct Variant {
  std::string name;
  at::ScalarType dtype;
  at::MemoryFormat layout;
};
const std::vector<Variant> kVariants = {{"float32 planes", at::kFloat, at::MemoryFormat::Contiguous},
                                        {"float32 pixels", at::kFloat, at::MemoryFormat::ChannelsLast},
                                        {"bfloat16 planes", at::kBFloat16, at::MemoryFormat::Contiguous},
                                        {"bfloat16 pixels", at::kBFloat16, at::MemoryFormat::ChannelsLast}};

using Forward = std::function<at::Tensor(const at::Tensor&)>;

/// The component with drawn weights, and what of it is timed.
struct Timed {
  std::shared_ptr<Component> component;
  Forward forward;
};

Timed made(PluginHost& host, const std::string& type, const Json& params, const Variant& variant) {
  const ParameterScope scope({.dtype = variant.dtype});
  Timed timed;
  const Rng rng(1, "benchmark", "weights", 0, 0);
  if (type == "diffusion.autoencoder_kl") {
    const auto coder = std::static_pointer_cast<Autoencoder>(host.make_component(type, params, Autoencoder::kInterface));
    coder->initialise(rng);
    timed = {coder, [=](const at::Tensor& latents) { return coder->decode(latents); }};
  } else {
    const auto net = std::static_pointer_cast<ImageBackbone>(host.make_component(type, params, ImageBackbone::kInterface));
    net->initialise(rng);
    timed = {net, [=](const at::Tensor& images) { return net->forward(images).back().tokens; }};
  }
  timed.component->eval();
  for (auto& parameter : timed.component->parameters()) {
    parameter.set_requires_grad(false);
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(variant.layout));
  }
  return timed;
}

double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

void compare(PluginHost& host, const std::string& type, const Json& params, at::IntArrayRef shape, int64_t rounds) {
  std::vector<Timed> nets;
  for (const auto& variant : kVariants) nets.push_back(made(host, type, params, variant));
  const auto input = Rng(2, "benchmark", "input", 0, 0).uniform(shape);
  std::vector<std::vector<double>> forward(nets.size()), backward(nets.size());
  std::vector<double> difference(nets.size());
  at::Tensor expected;
  for (int64_t round = 0; round <= rounds; ++round)
    for (size_t v = 0; v < nets.size(); ++v) {
      auto x = input.contiguous(kVariants[v].layout);
      at::Tensor y;
      const double seen = seconds([&] {
        const at::NoGradGuard guard;
        y = nets[v].forward(x);
      });
      x.set_requires_grad(true);
      const double learnt = seconds([&] { nets[v].forward(x).to(at::kFloat).square().mean().backward(); });
      if (v == 0) expected = y;
      difference[v] = ((y.to(at::kFloat) - expected).norm() / expected.norm()).item<double>();
      if (round == 0) continue;  // the first pass makes kernels
      forward[v].push_back(seen);
      backward[v].push_back(learnt);
    }
  fmt::print("{} on {} x {} x {} x {}: forward {:.4f} s, with gradient {:.4f} s\n", type, shape[0], shape[1], shape[2],
             shape[3], median(forward[0]), median(backward[0]));
  for (size_t v = 1; v < nets.size(); ++v)
    fmt::print("  {:<16} forward {:.2f}, with gradient {:.2f}; outputs differ by {:.1e}\n", kVariants[v].name,
               median(forward[v]) / median(forward[0]), median(backward[v]) / median(backward[0]), difference[v]);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t rounds = argc > 1 ? std::atoll(argv[1]) : 3, images = argc > 2 ? std::atoll(argv[2]) : 1;
  const std::string only = argc > 3 ? argv[3] : "";
  PluginHost host;
  for (const char* type : {"features.vgg", "features.resnet", "features.efficientnet", "diffusion.autoencoder_kl"})
    host.offer_components({{type, std::string(BGRAPH_PLUGIN_FOLDER "/") + type + ".so"}});
  const std::vector<std::tuple<std::string, Json, std::vector<int64_t>>> cases = {
      {"features.vgg", {{"image_size", 112}, {"hidden", 8}}, {images, 3, 112, 112}},
      {"features.resnet", Json::object(), {images, 3, 224, 224}},
      {"features.efficientnet", Json::object(), {images, 3, 224, 224}},
      {"diffusion.autoencoder_kl", {{"ch", 32}}, {1, 4, 32, 32}}};
  for (const auto& [type, params, shape] : cases)
    if (only.empty() || only == type) compare(host, type, params, shape, rounds);
}

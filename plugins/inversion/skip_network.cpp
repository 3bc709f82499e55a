#include "skip_network.h"

#include <bgraph/sdk/contract/error.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/reflection_pad2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

namespace bgraph::inversion {

namespace {

/// A part of the name tree that computes nothing itself.
struct Group : torch::nn::Module {};

std::shared_ptr<Group> group(torch::nn::Module& parent, const std::string& name) {
  return parent.register_module(name, std::make_shared<Group>());
}

/// R convolutions, one per image. Maps are [R, C, H, W] outside and [1, R C, H, W] inside: the same memory.
struct Convolutions : torch::nn::Module {
  Convolutions(int64_t runs, int64_t in, int64_t out, int64_t kernel, int64_t stride, Padding padding)
      : runs(runs), stride(stride), border(kernel / 2), padding(padding) {
    weight = register_parameter("weight", at::zeros({runs * out, in, kernel, kernel}));
    bias = register_parameter("bias", at::zeros({runs * out}));
  }

  at::Tensor operator()(const at::Tensor& x) const {
    at::Tensor maps = x.reshape({1, -1, x.size(2), x.size(3)});
    const bool reflect = border > 0 && padding == Padding::reflect;
    if (reflect) maps = at::reflection_pad2d(maps, {border, border, border, border});
    const int64_t zeros = reflect ? 0 : border;
    maps = at::conv2d(maps, weight, bias, {stride, stride}, {zeros, zeros}, {1, 1}, runs);
    return maps.view({runs, -1, maps.size(2), maps.size(3)});
  }

  /// Uniform in +-1/sqrt(fan_in), as torch's convolutions are.
  void initialise(std::vector<Rng>& rngs) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(weight[0].numel()));
    const int64_t out = weight.size(0) / runs;
    for (int64_t r = 0; r < runs; ++r)
      for (at::Tensor* parameter : {&weight, &bias}) {
        at::Tensor own = parameter->narrow(0, r * out, out);
        own.copy_(rngs[static_cast<size_t>(r)].uniform(own.sizes()).mul_(2 * bound).sub_(bound));
      }
  }

  int64_t runs, stride, border;
  Padding padding;
  at::Tensor weight, bias;
};

/// Batch norm in train mode, each image over its own positions.
struct Norms : torch::nn::Module {
  Norms(int64_t runs, int64_t channels) {
    weight = register_parameter("weight", at::ones({runs * channels}));
    bias = register_parameter("bias", at::zeros({runs * channels}));
  }
  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor maps = x.reshape({1, -1, x.size(2), x.size(3)});
    return at::batch_norm(maps, weight, bias, {}, {}, /*training=*/true, 0.1, 1e-5, false).view(x.sizes());
  }
  at::Tensor weight, bias;
};

/// Convolution, norm and leaky ReLU, named "<number>.1" and "<number + 1>" below `parent`.
struct Unit {
  Unit(torch::nn::Module& parent, int number, int64_t runs, int64_t in, int64_t out, int64_t kernel, int64_t stride,
       const SkipOptions& options)
      : conv(group(parent, std::to_string(number))
                 ->register_module("1", std::make_shared<Convolutions>(runs, in, out, kernel, stride, options.padding))),
        norm(parent.register_module(std::to_string(number + 1), std::make_shared<Norms>(runs, out))),
        slope(options.slope) {}

  at::Tensor operator()(const at::Tensor& x) const { return at::leaky_relu((*norm)((*conv)(x)), slope); }

  std::shared_ptr<Convolutions> conv;
  std::shared_ptr<Norms> norm;
  double slope;
};

/// The middle height x width positions of a map.
at::Tensor cut(const at::Tensor& map, int64_t height, int64_t width) {
  return map.narrow(2, (map.size(2) - height) / 2, height).narrow(3, (map.size(3) - width) / 2, width);
}

}  // namespace

class SkipNetworks::Scale final : public torch::nn::Module {
 public:
  Scale(int64_t runs, int64_t in, const SkipOptions& options, size_t level)
      : paths_(group(*this, "1")),
        skip_(*group(*paths_, "0"), 1, runs, in, options.skip[level], 1, 1, options),
        deep_(group(*paths_, "1")),
        halve_(*deep_, 1, runs, in, options.down[level], 3, 2, options),
        refine_(*deep_, 4, runs, options.down[level], options.down[level], 3, 1, options) {
    const bool innermost = level + 1 == options.down.size();
    int64_t below = options.down[level];
    if (!innermost) {
      next_ = deep_->register_module("7", std::make_shared<Scale>(runs, below, options, level + 1));
      below = options.up[level + 1];
    }
    const int64_t joined = options.skip[level] + below, up = options.up[level];
    norm_ = register_module("2", std::make_shared<Norms>(runs, joined));
    merge_.emplace(*this, 3, runs, joined, up, 3, 1, options);
    mix_.emplace(*this, 6, runs, up, up, 1, 1, options);
    if (level == 0)
      paint_ = group(*this, "9")->register_module(
          "1", std::make_shared<Convolutions>(runs, up, 3, 1, 1, options.padding));
  }

  at::Tensor forward(const at::Tensor& x) const {
    at::Tensor deep = refine_(halve_(x));
    if (next_) deep = next_->forward(deep);
    deep = at::upsample_bilinear2d(deep, {2 * deep.size(2), 2 * deep.size(3)}, /*align_corners=*/false);
    const at::Tensor skip = skip_(x);
    const int64_t height = std::min(skip.size(2), deep.size(2)), width = std::min(skip.size(3), deep.size(3));
    const at::Tensor joined = at::cat({cut(skip, height, width), cut(deep, height, width)}, 1);
    const at::Tensor out = (*mix_)((*merge_)((*norm_)(joined)));
    return paint_ ? (*paint_)(out).sigmoid() : out;
  }

 private:
  std::shared_ptr<Group> paths_;
  Unit skip_;
  std::shared_ptr<Group> deep_;
  Unit halve_, refine_;
  std::shared_ptr<Scale> next_;
  std::shared_ptr<Norms> norm_;
  std::optional<Unit> merge_, mix_;
  std::shared_ptr<Convolutions> paint_;
};

SkipNetworks::SkipNetworks(int64_t runs, const SkipOptions& options) : runs_(runs) {
  if (options.down.empty() || options.up.size() != options.down.size() || options.skip.size() != options.down.size())
    throw Error("the generator has " + std::to_string(options.down.size()) + " down, " +
                    std::to_string(options.up.size()) + " up and " + std::to_string(options.skip.size()) +
                    " skip channels",
                "give one number of each per scale");
  // The outermost scale's names are the network's own: "1.0.1.1.weight".
  outermost_ = std::make_shared<Scale>(runs, options.input_depth, options, 0);
  for (const auto& child : outermost_->named_children()) register_module(child.key(), child.value());
}

SkipNetworks::~SkipNetworks() = default;

at::Tensor SkipNetworks::forward(const at::Tensor& z) const { return outermost_->forward(z); }

void SkipNetworks::initialise(std::vector<Rng> rngs) {
  if (static_cast<int64_t>(rngs.size()) != runs_)
    throw Error(std::to_string(rngs.size()) + " random streams for " + std::to_string(runs_) + " networks");
  at::NoGradGuard no_grad;
  for (const auto& module : modules(/*include_self=*/false))
    if (auto* convolutions = dynamic_cast<Convolutions*>(module.get())) convolutions->initialise(rngs);
}

}  // namespace bgraph::inversion

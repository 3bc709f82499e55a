#include <bgraph/sdk/nn/layers.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/parameter_kind.h>
#include <torch/types.h>

#include <cmath>

namespace bgraph {

namespace {

void draw_uniform(at::Tensor& parameter, int64_t fan_in, Rng& rng) {
  if (!parameter.defined()) return;
  const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
  const at::NoGradGuard guard;
  parameter.copy_(rng.uniform(parameter.sizes()).mul_(2 * bound).sub_(bound));
}

void make_identity(at::Tensor& weight, at::Tensor& bias) {
  const at::NoGradGuard guard;
  weight.fill_(1.0);
  bias.zero_();
}

}  // namespace

Layer::~Layer() = default;

void initialise_all(torch::nn::Module& module, Rng rng) {
  if (auto* layer = dynamic_cast<Layer*>(&module)) layer->initialise(rng);
  for (const auto& inner : module.modules(/*include_self=*/false))
    if (auto* layer = dynamic_cast<Layer*>(inner.get())) layer->initialise(rng);
}

Linear::Linear(int64_t in, int64_t out, bool with_bias) {
  weight = register_parameter("weight", new_parameter({out, in}));
  if (with_bias) bias = register_parameter("bias", new_parameter({out}));
}

at::Tensor Linear::operator()(const at::Tensor& x) const { return at::linear(x.to(weight.scalar_type()), weight, bias); }

void Linear::initialise(Rng& rng) {
  draw_uniform(weight, weight.size(1), rng);
  draw_uniform(bias, weight.size(1), rng);
}

LayerNorm::LayerNorm(int64_t width, double eps) : eps_(eps) {
  weight = register_parameter("weight", new_parameter({width}, 1));
  bias = register_parameter("bias", new_parameter({width}));
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias, eps_);
}

void LayerNorm::initialise(Rng&) { make_identity(weight, bias); }

LayerScale::LayerScale(int64_t width) { gamma = register_parameter("gamma", new_parameter({width}, 1)); }

at::Tensor LayerScale::operator()(const at::Tensor& x) const { return x * gamma; }

void LayerScale::initialise(Rng&) {
  const at::NoGradGuard guard;
  gamma.fill_(1.0);
}

Conv2d::Conv2d(int64_t in, int64_t out, Extent kernel, Options options) : options_(options) {
  if (in % options.groups != 0 || out % options.groups != 0)
    throw Error("convolution: " + std::to_string(in) + " and " + std::to_string(out) +
                " channels do not divide into " + std::to_string(options.groups) + " groups");
  weight = register_parameter("weight", new_parameter({out, in / options.groups, kernel.height, kernel.width}));
  if (options.bias) bias = register_parameter("bias", new_parameter({out}));
}

at::Tensor Conv2d::operator()(const at::Tensor& x) const {
  auto [rows, columns] = options_.padding;
  at::Tensor padded = x.to(weight.scalar_type());
  if (options_.mode == Padding::reflect && rows + columns > 0) {
    padded = at::reflection_pad2d(padded, {columns, columns, rows, rows});
    rows = columns = 0;
  }
  return at::conv2d(padded, weight, bias, options_.stride, {rows, columns}, /*dilation=*/1, options_.groups);
}

void Conv2d::initialise(Rng& rng) {
  const int64_t fan_in = weight.size(1) * weight.size(2) * weight.size(3);
  draw_uniform(weight, fan_in, rng);
  draw_uniform(bias, fan_in, rng);
}

GroupNorm::GroupNorm(int64_t groups, int64_t channels, double eps) : groups_(groups), eps_(eps) {
  if (channels % groups != 0)
    throw Error("group norm: " + std::to_string(channels) + " channels do not divide into " +
                std::to_string(groups) + " groups");
  weight = register_parameter("weight", new_parameter({channels}, 1));
  bias = register_parameter("bias", new_parameter({channels}));
}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const {
  // Contiguous: LibTorch 1.13 on CPU is a third off in bfloat16 with channels last (64 x 64 maps).
  return at::group_norm(x.contiguous(), groups_, weight, bias, eps_);
}

void GroupNorm::initialise(Rng&) { make_identity(weight, bias); }

}  // namespace bgraph

#include <bgraph/sdk/train/adam.h>

#include <bgraph/sdk/contract/error.h>
#include <torch/nn/module.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph {

namespace {

constexpr int64_t kAlign = 16;          // numbers: every parameter starts on a cache line
constexpr int64_t kBlock = int64_t{1} << 15;  // numbers per pass: five such slices stay in the L2 cache

int64_t padded(int64_t numbers) { return (numbers + kAlign - 1) / kAlign * kAlign; }

}  // namespace

NamedTensors trainable(const torch::nn::Module& module, const std::string& prefix) {
  NamedTensors found;
  for (const auto& item : module.named_parameters())
    if (item.value().requires_grad()) found[prefix + item.key()] = item.value();
  return found;
}

Adam::Adam(NamedTensors parameters, AdamOptions options)
    : parameters_(std::move(parameters)), options_(options) {
  if (parameters_.empty()) throw Error("Adam: there is nothing to train");
  const auto type = parameters_.begin()->second.options().requires_grad(false);
  int64_t total = 0;
  for (const auto& [name, parameter] : parameters_) {
    if (parameter.scalar_type() != type.dtype() || parameter.device() != type.device())
      throw Error("Adam: '" + name + "' has another dtype or device than the other parameters");
    total += padded(parameter.numel());
  }
  values_ = at::zeros({total}, type);
  gradients_ = at::zeros({total}, type);
  first_ = at::zeros({total}, type);
  second_ = at::zeros({total}, type);
  if (options_.amsgrad) largest_ = at::zeros({total}, type);

  const at::NoGradGuard guard;
  int64_t offset = 0;
  for (auto& [name, parameter] : parameters_) {
    const int64_t count = parameter.numel();
    auto value = values_.narrow(0, offset, count).view(parameter.sizes());
    value.copy_(parameter);
    parameter.set_data(value);
    parameter.mutable_grad() = gradients_.narrow(0, offset, count).view(parameter.sizes());
    offset += padded(count);
  }
}

void Adam::step(double rate) {
  const at::NoGradGuard guard;
  ++steps_;
  const double correction1 = 1.0 - std::pow(options_.beta1, static_cast<double>(steps_));
  const double correction2 = std::sqrt(1.0 - std::pow(options_.beta2, static_cast<double>(steps_)));
  const int64_t total = values_.numel();
  const int64_t block = values_.is_cpu() ? kBlock : total;
  for (int64_t begin = 0; begin < total; begin += block) {
    const auto slice = [&](const at::Tensor& all) {
      return all.narrow(0, begin, std::min(block, total - begin));
    };
    auto value = slice(values_), gradient = slice(gradients_), first = slice(first_), second = slice(second_);
    if (options_.weight_decay > 0.0) value.mul_(1.0 - rate * options_.weight_decay);
    first.mul_(options_.beta1).add_(gradient, 1.0 - options_.beta1);
    second.mul_(options_.beta2).addcmul_(gradient, gradient, 1.0 - options_.beta2);
    if (options_.amsgrad) {
      auto largest = slice(largest_);
      at::maximum_out(largest, largest, second);
      second = largest;
    }
    value.addcdiv_(first, second.sqrt().div_(correction2).add_(options_.eps), -rate / correction1);
    gradient.zero_();
  }
}

NamedTensors Adam::state() const {
  NamedTensors state = {{"steps", at::full({1}, steps_, at::kLong)},
                        {"first", first_.cpu().clone()},
                        {"second", second_.cpu().clone()}};
  if (options_.amsgrad) state["largest"] = largest_.cpu().clone();
  return state;
}

void Adam::restore(const NamedTensors& state) {
  const auto load = [&](const char* name, at::Tensor& into) {
    const auto found = state.find(name);
    if (found == state.end() || found->second.sizes() != into.sizes())
      throw Error(std::string("Adam: the saved state '") + name + "' is missing or of another size");
    into.copy_(found->second);
  };
  auto steps = at::zeros({1}, at::kLong);
  load("steps", steps);
  steps_ = steps.item<int64_t>();
  load("first", first_);
  load("second", second_);
  if (options_.amsgrad) load("largest", largest_);
}

}  // namespace bgraph

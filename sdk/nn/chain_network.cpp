#include <bgraph/sdk/nn/chain_network.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph {

namespace {

TokenGrid as_tokens(const std::string& name, const at::Tensor& x) {
  if (x.dim() == 2) return {name, x.unsqueeze(1), 1, 1};
  return {name, x.flatten(2).transpose(1, 2), x.size(2), x.size(3)};  // [B, P, C]
}

}  // namespace

ChainNetwork::ChainNetwork(ChainParams params, std::vector<std::string> default_taps) : params_(std::move(params)) {
  if (params_.mean.size() != 3 || params_.sd.size() != 3)
    throw Error("mean has " + std::to_string(params_.mean.size()) + " and sd " + std::to_string(params_.sd.size()) +
                    " numbers, expected 3 of each",
                "give one per colour channel, red first");
  if (params_.taps.empty()) params_.taps = std::move(default_taps);
  tapped_.assign(params_.taps.size(), -1);
}

ChainNetwork::~ChainNetwork() = default;

std::vector<TokenGrid> ChainNetwork::forward(const at::Tensor& images, const BlockHook& after_block) {
  if (images.dim() != 4 || images.size(1) != 3)
    throw ShapeError("images are " + shape_text(images) + ", expected [B, 3, H, W]");
  const auto per_channel = [&](const std::vector<double>& values) {
    return at::tensor(values).to(images.options()).view({1, 3, 1, 1});
  };
  at::Tensor x = (images - per_channel(params_.mean)) / per_channel(params_.sd);
  std::vector<TokenGrid> grids;
  for (size_t i = 0; i < steps_.size(); ++i) {
    x = steps_[i](x);
    if (after_block) x = after_block(static_cast<int64_t>(i), x);
    if (grids.size() < tapped_.size() && tapped_[grids.size()] == static_cast<int64_t>(i))
      grids.push_back(as_tokens(params_.taps[grids.size()], x));
  }
  return grids;
}

void ChainNetwork::initialise(Rng rng) {
  initialise_all(*this, rng);
  const at::NoGradGuard guard;
  for (const auto& module : modules(/*include_self=*/false))
    if (auto* convolution = dynamic_cast<Conv2d*>(module.get())) {
      convolution->weight.mul_(std::sqrt(6.0));  // was uniform in +-1/sqrt(fan_in): variance 1 / (3 fan_in)
      if (convolution->bias.defined()) convolution->bias.zero_();
    }
}

void ChainNetwork::also_called(const std::string& name) {
  if (!complete()) name_last(name);
}

void ChainNetwork::built() const {
  for (size_t t = 0; t < tapped_.size(); ++t)
    if (tapped_[t] < 0)
      throw Error("there is no step '" + params_.taps[t] + "' to tap", did_you_mean(params_.taps[t], names_));
  if (std::adjacent_find(tapped_.begin(), tapped_.end(), std::greater_equal<>()) != tapped_.end())
    throw Error("taps must stand in the network's order, each step once");
}

void ChainNetwork::append(const std::string& name, Step step) {
  steps_.push_back(std::move(step));
  name_last(name);
}

void ChainNetwork::name_last(const std::string& name) {
  names_.push_back(name);
  for (size_t t = 0; t < tapped_.size(); ++t)
    if (params_.taps[t] == name) {
      tapped_[t] = static_cast<int64_t>(steps_.size()) - 1;
      ++found_;
    }
}

at::Tensor relu(const at::Tensor& x) { return x.relu(); }
at::Tensor flat(const at::Tensor& x) { return x.flatten(1); }
at::Tensor average_pool(const at::Tensor& x) { return x.mean({2, 3}, /*keepdim=*/true); }

std::function<at::Tensor(const at::Tensor&)> max_pool(int64_t kernel, int64_t stride, int64_t padding, bool ceil) {
  return [=](const at::Tensor& x) { return at::max_pool2d(x, kernel, stride, padding, /*dilation=*/1, ceil); };
}

}  // namespace bgraph

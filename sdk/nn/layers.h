// The layers networks are made of, with the field's parameter names and ours the random numbers.
//
//   struct Head : torch::nn::Module {
//     Head() : fc(register_module("fc", std::make_shared<Linear>(64, 10))) {}
//     std::shared_ptr<Linear> fc;
//   };
//   initialise_all(head, ctx.rng("weights"));       // every layer inside, in the order of registration
//   at::Tensor y = (*head.fc)(x);
//
// Layers compute in the precision of their weights; Linear and Conv2d bring their input to it.
//
// A fresh layer holds zeros (norms: the identity) until it is initialised or a checkpoint is loaded: nothing
// is ever drawn from a global generator. Initialisation has the distributions of torch's own layers:
// weight and bias uniform in +-1/sqrt(fan_in)   (Kaiming uniform with a = sqrt 5).
#pragma once

#include <bgraph/sdk/data/rng.h>
#include <torch/nn/module.h>

namespace bgraph {

/// A module that holds parameters of its own and can draw them.
class Layer : public torch::nn::Module {
 public:
  ~Layer() override;
  virtual void initialise(Rng& rng) = 0;
};

/// Draws fresh parameters for every Layer inside (and for the module itself, if it is one).
void initialise_all(torch::nn::Module& module, Rng rng);

/// y = x W^T + b.   weight [out, in], bias [out];  [..., in] -> [..., out]
class Linear final : public Layer {
 public:
  Linear(int64_t in, int64_t out, bool with_bias = true);
  at::Tensor operator()(const at::Tensor& x) const;
  void initialise(Rng& rng) override;

  at::Tensor weight, bias;  // bias undefined without one
};

/// Zero mean and unit variance over the last axis, then weight and bias.   [..., width] -> same
class LayerNorm final : public Layer {
 public:
  explicit LayerNorm(int64_t width, double eps = 1e-5);
  at::Tensor operator()(const at::Tensor& x) const;
  void initialise(Rng& rng) override;

  at::Tensor weight, bias;

 private:
  double eps_;
};

/// y = gamma x, channel by channel: the strength of a residual branch.   [..., width] -> same
class LayerScale final : public Layer {
 public:
  explicit LayerScale(int64_t width);
  at::Tensor operator()(const at::Tensor& x) const;
  void initialise(Rng& rng) override;

  at::Tensor gamma;
};

enum class Padding { zeros, reflect };

/// Height and width of a kernel or of its padding; one number stands for both.
struct Extent {
  Extent(int64_t side) : height(side), width(side) {}  // NOLINT: meant to convert
  Extent(int64_t height, int64_t width) : height(height), width(width) {}
  int64_t height, width;
};

/// weight [out, in / groups, kernel];  [B, in, H, W] -> [B, out, H', W']. groups = in: each channel by itself.
class Conv2d final : public Layer {
 public:
  struct Options {
    int64_t stride = 1;
    Extent padding = 0;
    bool bias = true;
    Padding mode = Padding::zeros;
    int64_t groups = 1;
  };
  Conv2d(int64_t in, int64_t out, Extent kernel, Options options);
  Conv2d(int64_t in, int64_t out, Extent kernel) : Conv2d(in, out, kernel, Options()) {}
  at::Tensor operator()(const at::Tensor& x) const;
  void initialise(Rng& rng) override;

  at::Tensor weight, bias;

 private:
  Options options_;
};

/// LayerNorm over groups of channels and all positions.   [B, channels, ...] -> same
class GroupNorm final : public Layer {
 public:
  GroupNorm(int64_t groups, int64_t channels, double eps = 1e-5);
  at::Tensor operator()(const at::Tensor& x) const;
  void initialise(Rng& rng) override;

  at::Tensor weight, bias;

 private:
  int64_t groups_;
  double eps_;
};

}  // namespace bgraph

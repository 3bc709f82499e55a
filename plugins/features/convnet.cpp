// features.convnet: a small convolutional network with a tap at each resolution (an ImageBackbone).
//
//   x   = (image - 0.5) / 0.25                                       image [B, 3, H, W] in [0, 1]
//   x_s = depth times (conv 3x3 -> [GroupNorm] -> ReLU) of x_{s-1}   stage s has 1 / 2^(s-1) of the resolution
//   tap = (x_s - mean_s) / sd_s                                      per channel, constants of the network
//
// mean_s and sd_s are measured on the training images and travel with the weights, so that tokens of every
// layer come in units of their standard deviation. There is no batch statistic anywhere: training and
// evaluation compute the same thing, and an image's tokens do not depend on its batch.
// Without normalisation (groups = 0) shallow taps keep absolute luminance and colour, which inversion needs;
// with it, deep taps train faster.
//
// Fully convolutional: any size that is a multiple of 2^(stages-1) works; image_size is what it was trained at.
// The block hook is called after each stage with the map [B, C, H, W] before it is tapped.
//
//   component = "features.convnet"      channels = [24, 32, 64, 96]      taps = ["stage2", "stage4"]

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/layers.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

namespace bgraph::features {

struct ConvnetParams {
  std::vector<int64_t> channels = {24, 32, 64, 96};
  int64_t depth = 1;
  int64_t groups = 0;
  int64_t image_size = 32;
  std::vector<std::string> taps;

  template <class Visitor>
  void visit(Visitor& field) {
    field("channels", channels, at_least(1), "channels of each stage; as many stages as numbers");
    field("depth", depth, at_least(1), "convolutions per stage");
    field("groups", groups, at_least(0), "groups of the GroupNorm after each convolution; 0: no normalisation");
    field("image_size", image_size, at_least(1), "height and width of the images it is trained on");
    field("taps", taps, any(), "stages to tap, \"stage1\" first; empty: all");
  }
};

/// depth times (convolution, normalisation, ReLU); the first convolution halves the resolution if asked to.
struct Stage : torch::nn::Module {
  Stage(int64_t in, int64_t out, int64_t stride, const ConvnetParams& params) {
    for (int64_t i = 0; i < params.depth; ++i) {
      const std::string number = std::to_string(i + 1);
      convolutions.push_back(register_module(
          "conv" + number, std::make_shared<Conv2d>(i ? out : in, out, 3, Conv2d::Options{.stride = i ? 1 : stride, .padding = 1})));
      if (params.groups > 0)
        norms.push_back(register_module("norm" + number, std::make_shared<GroupNorm>(params.groups, out)));
    }
    mean = register_buffer("mean", at::zeros({out}));
    sd = register_buffer("sd", at::ones({out}));
  }

  at::Tensor forward(at::Tensor x) {
    for (size_t i = 0; i < convolutions.size(); ++i) {
      x = (*convolutions[i])(x);
      if (!norms.empty()) x = (*norms[i])(x);
      x = x.relu();
    }
    return x;  // [B, C, H, W]
  }

  at::Tensor tokens(const at::Tensor& x) const {
    return (x.flatten(2).transpose(1, 2) - mean) / sd;  // [B, P, C]
  }

  std::vector<std::shared_ptr<Conv2d>> convolutions;
  std::vector<std::shared_ptr<GroupNorm>> norms;
  at::Tensor mean, sd;
};

class Convnet final : public ImageBackbone {
 public:
  explicit Convnet(ConvnetParams params) : params_(std::move(params)) {
    int64_t in = 3;
    std::vector<std::string> names;
    for (const int64_t out : params_.channels) {
      names.push_back("stage" + std::to_string(stages_.size() + 1));
      stages_.push_back(register_module(names.back(), std::make_shared<Stage>(in, out, stages_.empty() ? 1 : 2, params_)));
      in = out;
    }
    if (params_.taps.empty()) params_.taps = names;
    for (const auto& tap : params_.taps) {
      const auto found = std::find(names.begin(), names.end(), tap);
      if (found == names.end()) throw Error("there is no stage '" + tap + "' to tap", did_you_mean(tap, names));
      tapped_.push_back(static_cast<size_t>(found - names.begin()));
    }
    if (!std::is_sorted(tapped_.begin(), tapped_.end())) throw Error("taps must stand in the network's order");
  }

  std::vector<TokenGrid> forward(const at::Tensor& images, const BlockHook& after_block) override {
    const int64_t multiple = int64_t{1} << (stages_.size() - 1);
    if (images.dim() != 4 || images.size(1) != 3 || images.size(2) % multiple || images.size(3) % multiple)
      throw ShapeError("images are " + shape_text(images) + ", expected [B, 3, H, W] with H and W multiples of " +
                       std::to_string(multiple));
    std::vector<TokenGrid> grids;
    at::Tensor x = (images - 0.5) * 4.0;
    for (size_t s = 0, tap = 0; tap < tapped_.size(); ++s) {  // not beyond the deepest tap
      x = stages_[s]->forward(x);
      if (after_block) x = after_block(static_cast<int64_t>(s), x);
      if (s != tapped_[tap]) continue;
      grids.push_back({params_.taps[tap++], stages_[s]->tokens(x), x.size(2), x.size(3)});
    }
    return grids;
  }

  int64_t image_size() const override { return params_.image_size; }
  std::vector<std::string> taps() const override { return params_.taps; }
  /// He et al. 2015: variance 2 / fan_in keeps the scale of activations through ReLUs without normalisation.
  void initialise(Rng rng) override {
    initialise_all(*this, rng);
    at::NoGradGuard no_grad;
    for (const auto& stage : stages_)
      for (const auto& convolution : stage->convolutions) {
        convolution->weight.mul_(std::sqrt(6.0));  // was uniform in +-1/sqrt(fan_in): variance 1 / (3 fan_in)
        convolution->bias.zero_();
      }
  }

 private:
  ConvnetParams params_;
  std::vector<std::shared_ptr<Stage>> stages_;
  std::vector<size_t> tapped_;
};

BGRAPH_COMPONENT(Convnet, "features.convnet")

}  // namespace bgraph::features

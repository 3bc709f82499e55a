// diffusion.tiny_autoencoder: a small autoencoder distilled from the large one whose latents it shares (the TAESD family).
//
//   block:   y = ReLU(x' + conv3(ReLU(conv2(ReLU(conv1 x')))))             all 3x3, 64 channels
//            x' = x, or with group norms x + pool(x),  pool = conv1x1(ReLU(GN4(conv1x1 x)))
//   encoder: conv, block, three times [stride-2 conv, 3 blocks], conv to the latent
//   decoder: 3 tanh(z / 3), conv, ReLU, three times [3 blocks, nearest x2, conv], block, conv to RGB
//
// Its latents are those of the large autoencoder, already scaled, so either can take the other's place. The networks
// of 32 latent channels have group norms in the 3 blocks beside the latent (mid_group_norm).
//
// The encoder gives a point, not a distribution. Images are RGB in [0, 1] on both sides.
//
//   latent_channels 4: TAESD, TAESDXL     16: TAESD3, TAEF1     32 with mid_group_norm: TAEF2
//
// As a node it reads the two published files of one network, encoder and decoder (safetensors; names encoder.{i} and
// decoder.{i} here, {i} there); number of channels and group norms follow from them.
//
// Source: O. B. Bohan's public TAESD networks, layout read from the published weights.
//
//   [nodes.tiny]
//   type    = "diffusion.tiny_autoencoder"
//   encoder = "taef2_encoder.safetensors"
//   decoder = "taef2_decoder.safetensors"

#include "upsample.h"

#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/layers.h>
#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/nn/register_at.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

#include <functional>

namespace bgraph::diffusion {

namespace {

constexpr int64_t kWidth = 64;

std::shared_ptr<Conv2d> conv(int64_t in, int64_t out, int64_t stride = 1, bool bias = true) {
  return std::make_shared<Conv2d>(in, out, 3, Conv2d::Options{.stride = stride, .padding = 1, .bias = bias});
}

class TinyBlock final : public torch::nn::Module {
 public:
  explicit TinyBlock(bool group_norm) {
    for (const char* place : {"conv.0", "conv.2", "conv.4"})
      convs_.push_back(register_at(*this, place, conv(kWidth, kWidth)));
    if (!group_norm) return;
    const Conv2d::Options no_bias{.bias = false};
    pool_in_ = register_at(*this, "pool.0", std::make_shared<Conv2d>(kWidth, 4 * kWidth, 1, no_bias));
    pool_norm_ = register_at(*this, "pool.1", std::make_shared<GroupNorm>(4, 4 * kWidth));
    pool_out_ = register_at(*this, "pool.3", std::make_shared<Conv2d>(4 * kWidth, kWidth, 1, no_bias));
  }

  at::Tensor operator()(const at::Tensor& input) const {
    const auto x = pool_in_ ? input + (*pool_out_)(at::relu((*pool_norm_)((*pool_in_)(input)))) : input;
    const auto h = (*convs_[1])(at::relu((*convs_[0])(x)));
    return at::relu(x + (*convs_[2])(at::relu(h)));
  }

 private:
  std::vector<std::shared_ptr<Conv2d>> convs_;
  std::shared_ptr<Conv2d> pool_in_, pool_out_;
  std::shared_ptr<GroupNorm> pool_norm_;
};

/// Layers one after another, each registered at its place; places without parameters are counted too.
class TinySequence final : public torch::nn::Module {
 public:
  template <class M>
  TinySequence& then(const std::shared_ptr<M>& layer) {
    register_module(std::to_string(steps_.size()), layer);
    steps_.push_back([layer](const at::Tensor& x) { return (*layer)(x); });
    return *this;
  }
  TinySequence& blocks(int64_t count, bool group_norm = false) {
    for (int64_t i = 0; i < count; ++i) then(std::make_shared<TinyBlock>(group_norm));
    return *this;
  }
  TinySequence& apply(std::function<at::Tensor(const at::Tensor&)> step) {
    steps_.push_back(std::move(step));
    return *this;
  }
  at::Tensor operator()(at::Tensor x) const {
    for (const auto& step : steps_) x = step(x);
    return x;
  }

 private:
  std::vector<std::function<at::Tensor(const at::Tensor&)>> steps_;
};

at::Tensor soft_clamp(const at::Tensor& z) { return 3 * at::tanh(z / 3); }
at::Tensor rectified(const at::Tensor& x) { return at::relu(x); }

}  // namespace

struct TinyAutoencoderParams {
  int64_t latent_channels = 4;
  bool mid_group_norm = false;

  template <class Visitor>
  void visit(Visitor& field) {
    field("latent_channels", latent_channels, at_least(1), "channels of a latent");
    field("mid_group_norm", mid_group_norm, any(), "whether the blocks beside the latent have group norms");
  }
};

class TinyAutoencoder final : public Autoencoder {
 public:
  explicit TinyAutoencoder(TinyAutoencoderParams params)
      : params_(params), encoder_(register_module("encoder", std::make_shared<TinySequence>())),
        decoder_(register_module("decoder", std::make_shared<TinySequence>())) {
    encoder_->then(conv(3, kWidth)).blocks(1);
    for (const bool last : {false, false, true})
      encoder_->then(conv(kWidth, kWidth, 2, false)).blocks(3, last && params_.mid_group_norm);
    encoder_->then(conv(kWidth, params_.latent_channels));

    decoder_->apply(soft_clamp).then(conv(params_.latent_channels, kWidth)).apply(rectified);
    for (const bool first : {true, false, false})
      decoder_->blocks(3, first && params_.mid_group_norm).apply(doubled).then(conv(kWidth, kWidth, 1, false));
    decoder_->blocks(1).then(conv(kWidth, 3));
  }

  at::Tensor encode(const at::Tensor& images, const at::Tensor&) override {
    if (images.dim() != 4 || images.size(1) != 3 || images.size(2) % factor() != 0 || images.size(3) % factor() != 0)
      throw ShapeError("diffusion.tiny_autoencoder expects images [B, 3, H, W] with sides divisible by 8, found " +
                       shape_text(images));
    return (*encoder_)(images);
  }
  at::Tensor decode(const at::Tensor& latents) override { return (*decoder_)(latents); }

  int64_t latent_channels() const override { return params_.latent_channels; }
  int64_t factor() const override { return 8; }
  void initialise(Rng rng) override { initialise_all(*this, rng); }

 private:
  TinyAutoencoderParams params_;
  std::shared_ptr<TinySequence> encoder_, decoder_;
};

BGRAPH_COMPONENT(TinyAutoencoder, "diffusion.tiny_autoencoder")

struct TinyAutoencoderFilesParams {
  File encoder;
  File decoder;

  template <class Visitor>
  void visit(Visitor& field) {
    field("encoder", encoder, required(), "published encoder (.safetensors)");
    field("decoder", decoder, required(), "published decoder (.safetensors)");
  }
};

class TinyAutoencoderFiles final : public Node {
 public:
  explicit TinyAutoencoderFiles(TinyAutoencoderFilesParams params) : params_(std::move(params)) {}

  Out<Model> model{this, "model", "Autoencoder diffusion.tiny_autoencoder"};

  void run(Context& ctx) override {
    std::map<std::string, at::Tensor> weights;
    for (const auto& [half, file] : {std::pair{"encoder.", &params_.encoder}, std::pair{"decoder.", &params_.decoder}})
      for (const auto& [name, tensor] : read_safetensors(file->path)) weights[half + name] = tensor;
    const auto first = weights.find("decoder.1.weight");  // [64, latent channels, 3, 3]
    if (first == weights.end() || first->second.dim() != 4)
      throw Error(params_.decoder.path + " is no decoder of the TAESD family: it has no convolution '1.weight'",
                  "is it the encoder's file?");
    const bool group_norm = weights.count("decoder.3.pool.0.weight") > 0;
    Model made = ctx.recipe("diffusion.tiny_autoencoder",
                            {{"latent_channels", first->second.size(1)}, {"mid_group_norm", group_norm}});
    made.weights = std::move(weights);
    const ParameterScope shapes_only({.device = at::kMeta});
    ctx.build<Autoencoder>(made);
    model = std::move(made);
  }

 private:
  TinyAutoencoderFilesParams params_;
};

BGRAPH_NODE(TinyAutoencoderFiles, "diffusion.tiny_autoencoder")

}  // namespace bgraph::diffusion

// diffusion.pixel_unet: an unCLIP-style diffusion backend in pixel space, conditioned on all semantic tokens.
//
//   z    = (image - mean) / scale             data of about unit variance, as the noise schedule assumes
//   x    = z + sigma_t (noise + o offset)     offset: one normal number per channel and image, o = offset_noise
//   loss = mean weight_t (F(c_in x, t, tokens) - target)^2        t uniform in 0..999; target and weight: preconditioning.h
//   sampling: Euler over the noise schedule with classifier-free guidance (euler_sampler.h, noise_schedule.h)
//   start image at index k: x = z + sigma_k (noise + o offset), the first k steps are skipped      (dual branch)
//   no start image: k = 0 and z is standard normal
//
// In training a share `condition_dropout` of the rows sees the unconditional tokens instead of its own, which
// is what guidance subtracts when sampling. Offset noise lets samples differ in mean brightness.
// image mean and scale, token means and scales are constants of the training set (prepare()).
//
// Source: Ramesh et al. 2022 (unCLIP, arXiv:2204.06125) for the idea; MindEye2 (arXiv:2403.11207) for all tokens as
// condition; Brain-IT (arXiv:2510.25976), dual-branch sampling, for the start image. The schedule and the sampler are theirs.
// Differs: pixels instead of a VAE's latents (32x32); the network predicts the image instead of the noise and t is
// stratified over the batch, because it is small and trained for minutes; a learned token for the unconditional branch instead
// of noise (`unconditional = "noise"` is theirs). The offset is one number per image when sampling, as theirs.

#include "euler_sampler.h"
#include "noise_schedule.h"
#include "pixel_unet_params.h"
#include "preconditioning.h"
#include "unet.h"

#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/row_share.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph::diffusion {

namespace {

UnetShape shape_of(const PixelUnetParams& params) {
  const auto& design = params.design;
  return {.image_size = params.image_size,
          .patch = design.patch,
          .channels = design.channels,
          .blocks = design.blocks,
          .heads = design.heads,
          .attention_side = design.attention_side,
          .tokens = {params.tokens, params.token_width, params.grid_height, params.grid_width}};
}

/// t [B], one in each B-th of the table: the loss varies less than with independent draws.
at::Tensor stratified_times(int64_t batch, Rng& rng) {
  const RowShare rows = RowScope::rows(batch);  // of a batch that several ranks share, its own parts
  const auto place =
      (at::arange(rows.begin, rows.begin + batch) + rng.uniform({batch})) / static_cast<double>(rows.total);  // [B] in [0, 1)
  return (place * static_cast<double>(kNoiseLevels)).to(at::kLong).clamp_max(kNoiseLevels - 1);
}

at::Tensor per_image(const std::vector<double>& numbers) {
  return at::tensor(numbers, at::kFloat).reshape({-1, 1, 1, 1});
}

}  // namespace

class PixelUnet final : public DiffusionBackend {
 public:
  explicit PixelUnet(PixelUnetParams params)
      : params_(params), prediction_(prediction_named(params.design.prediction)),
        unet_(register_module("unet", std::make_shared<Unet>(shape_of(params)))) {
    image_mean_ = register_buffer("image_mean", at::zeros({3}));
    image_scale_ = register_buffer("image_scale", at::ones({1}));
    token_mean_ = register_buffer("token_mean", at::zeros({params.token_width}));
    token_scale_ = register_buffer("token_scale", at::ones({params.token_width}));
    null_token_ = register_parameter("null_token", at::zeros({params.token_width}));
  }

  void prepare(const at::Tensor& images, const at::Tensor& condition) override {
    const at::NoGradGuard guard;
    image_mean_.copy_(images.mean({0, 2, 3}));
    image_scale_.copy_((images - image_mean_.reshape({1, 3, 1, 1})).square().mean().sqrt());
    token_mean_.copy_(condition.flatten(0, 1).mean(0));
    token_scale_.copy_((condition - token_mean_).square().flatten(0, 1).mean(0).sqrt().clamp_min(1e-6));
  }

  at::Tensor loss(const at::Tensor& images, const at::Tensor& condition, Rng rng) override {
    const int64_t batch = images.size(0);
    const auto z = standardised(images);                                        // [B, 3, S, S]
    const auto t = stratified_times(batch, rng);                                // [B]
    const auto noise = rng.normal(z.sizes()) + params_.design.offset_noise * rng.normal({batch, 3, 1, 1});
    std::vector<double> sigma, c_skip, c_out, c_in, weight;
    for (int64_t b = 0; b < batch; ++b) {
      sigma.push_back(noise_levels()[t[b].item<int64_t>()]);
      const auto c = preconditioning(prediction_, sigma.back());
      c_skip.push_back(c.c_skip);
      c_out.push_back(c.c_out);
      c_in.push_back(c.c_in);
      weight.push_back(loss_weight(prediction_, sigma.back()));
    }
    const auto x = z + per_image(sigma) * noise;
    const auto target = (z - per_image(c_skip) * x) / per_image(c_out);
    const auto predicted = (*unet_)(per_image(c_in) * x, t, training_tokens(condition, rng));
    return (per_image(weight) * (predicted - target).square()).mean();
  }

  at::Tensor sample(const at::Tensor& condition, const at::Tensor& start, const Sampling& sampling,
                    const std::function<Rng(int64_t)>& rng_of) override {
    const at::NoGradGuard guard;
    const int64_t first = start.defined() ? sampling.start_index : 0;
    const auto levels = remaining_levels(sampling.steps, first);
    const auto given = standardised_tokens(condition);
    const Draws draws = draw(given, rng_of);
    const auto z = start.defined() ? standardised(start) : draws.z;
    const auto denoise = [&](const at::Tensor& at_level, double sigma) {
      return guided_denoiser(at_level, sigma, given, draws.unconditional, sampling.guidance);
    };
    const auto x = euler(z + levels.front() * draws.noise, levels, denoise, first, sampling.after_step);
    return (x * image_scale_ + image_mean_.reshape({1, 3, 1, 1})).clamp(0, 1);
  }

  int64_t image_size() const override { return params_.image_size; }

  void initialise(Rng rng) override {
    unet_->initialise(rng);
    const at::NoGradGuard guard;
    null_token_.zero_();
  }

 private:
  struct Draws {
    at::Tensor z, unconditional, noise;  // [B, 3, S, S], [B, T, D], [B, 3, S, S]
  };

  /// Every row from its own generator, in a fixed order.
  Draws draw(const at::Tensor& tokens, const std::function<Rng(int64_t)>& rng_of) const {
    const int64_t side = params_.image_size;
    std::vector<at::Tensor> z, unconditional, noise;
    for (int64_t b = 0; b < tokens.size(0); ++b) {
      Rng rng = rng_of(b);
      z.push_back(rng.normal({3, side, side}));
      unconditional.push_back(unconditional_tokens(1, rng)[0]);
      const auto pixels = rng.normal({3, side, side});
      noise.push_back(pixels + params_.design.offset_noise * rng.normal());
    }
    return {at::stack(z), at::stack(unconditional), at::stack(noise)};
  }

  at::Tensor guided_denoiser(const at::Tensor& x, double sigma, const at::Tensor& given,
                             const at::Tensor& unconditional, double scale) const {
    if (scale == 1) return denoised(x, sigma, given);
    const auto both = denoised(at::cat({x, x}), sigma, at::cat({given, unconditional})).chunk(2);
    return guided(both[0], both[1], scale);
  }

  at::Tensor denoised(const at::Tensor& x, double sigma, const at::Tensor& tokens) const {
    const int64_t t = nearest_level(sigma);
    const auto c = preconditioning(prediction_, noise_levels()[t]);
    return c.c_skip * x + c.c_out * (*unet_)(c.c_in * x, at::full({x.size(0)}, t, at::kLong), tokens);
  }

  at::Tensor standardised(const at::Tensor& images) const {
    const int64_t side = params_.image_size;
    if (images.dim() != 4 || images.size(1) != 3 || images.size(2) != side || images.size(3) != side)
      throw ShapeError("diffusion.pixel_unet expects images [B, 3, " + std::to_string(side) + ", " +
                       std::to_string(side) + "], found " + shape_text(images));
    return (images - image_mean_.reshape({1, 3, 1, 1})) / image_scale_;
  }

  at::Tensor standardised_tokens(const at::Tensor& condition) const {
    if (condition.dim() != 3 || condition.size(1) != params_.tokens || condition.size(2) != params_.token_width)
      throw ShapeError("diffusion.pixel_unet was made for conditions [B, " + std::to_string(params_.tokens) + ", " +
                       std::to_string(params_.token_width) + "], found " + shape_text(condition));
    return (condition - token_mean_) / token_scale_;
  }

  at::Tensor unconditional_tokens(int64_t batch, Rng& rng) const {
    const auto shape = {batch, params_.tokens, params_.token_width};
    return params_.design.unconditional == "noise" ? rng.normal(shape) : null_token_.expand(shape);
  }

  /// The condition of each row, dropped for some when training.
  at::Tensor training_tokens(const at::Tensor& condition, Rng& rng) const {
    const auto tokens = standardised_tokens(condition);
    if (!is_training() || params_.design.condition_dropout == 0) return tokens;
    const auto dropped = rng.uniform({tokens.size(0), 1, 1}) < params_.design.condition_dropout;
    return at::where(dropped, unconditional_tokens(tokens.size(0), rng), tokens);
  }

  PixelUnetParams params_;
  Prediction prediction_;
  std::shared_ptr<Unet> unet_;
  at::Tensor image_mean_, image_scale_, token_mean_, token_scale_, null_token_;
};

BGRAPH_COMPONENT(PixelUnet, "diffusion.pixel_unet")

}  // namespace bgraph::diffusion

#include "unclip_backend.h"

#include "latent_denoiser.h"
#include "latent_images.h"
#include "noise_schedule.h"
#include "time_embedding.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

namespace bgraph::diffusion {

void Unclip::set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) {
  parts_ = latent_parts("diffusion.unclip", parts);
  const auto numbers = static_cast<int64_t>(params_.sizes.size());
  if (numbers == 0 || parts_.unet->vector_width() % (2 * numbers) != 0)
    throw Error("diffusion.unclip: a vector of width " + std::to_string(parts_.unet->vector_width()) +
                    " does not divide into sinusoids of " + std::to_string(numbers) + " numbers",
                "'sizes' has as many numbers as the UNet was trained with");
  if (params_.image_size % parts_.factor() != 0)
    throw Error("diffusion.unclip: image_size " + std::to_string(params_.image_size) + " is not divisible by " +
                std::to_string(parts_.factor()) + ", by which autoencoder and UNet shrink it");
}

std::vector<int64_t> Unclip::latent_shape() const {
  const int64_t side = params_.image_size / parts_.autoencoder->factor();
  return {parts_.autoencoder->latent_channels(), side, side};
}

at::Tensor Unclip::size_vector(int64_t batch) const {
  const auto width = parts_.unet->vector_width() / static_cast<int64_t>(params_.sizes.size());
  return number_embeddings(at::tensor(params_.sizes).unsqueeze(0), width).expand({batch, -1});
}

at::Tensor Unclip::loss(const at::Tensor& images, const at::Tensor& condition, Rng rng) {
  check_images(images);
  const int64_t batch = images.size(0), channels = parts_.autoencoder->latent_channels();
  std::vector<int64_t> shape = latent_shape();
  shape.insert(shape.begin(), batch);
  const auto z = latents_of(*parts_.autoencoder, images, rng.normal(shape).to(images.device()));   // [B, C, h, w]
  const auto t = rng.integers(kNoiseLevels, {batch}).to(images.device());                    // [B]
  const auto noise = rng.normal(shape) + params_.offset_noise * rng.normal({batch, channels, 1, 1});
  const Condition given{condition, size_vector(batch).to(images.device())};
  return denoising_loss(*parts_.unet, z, t, noise.to(images.device()), given).mean();
}

Unclip::Draws Unclip::draw(const at::Tensor& condition, const std::function<Rng(int64_t)>& rng_of) const {
  std::vector<at::Tensor> posterior, unconditional, noise;
  for (int64_t b = 0; b < condition.size(0); ++b) {
    Rng rng = rng_of(b);
    posterior.push_back(rng.normal(latent_shape()));
    unconditional.push_back(rng.normal({condition.size(1), condition.size(2)}));
    const auto everywhere = rng.normal(latent_shape());
    noise.push_back(everywhere + params_.offset_noise * rng.normal());
  }
  const auto where = condition.device();
  return {at::stack(posterior).to(where), at::stack(unconditional).to(where), at::stack(noise).to(where)};
}

at::Tensor Unclip::sample(const at::Tensor& condition, const at::Tensor& start, const Sampling& sampling,
                          const std::function<Rng(int64_t)>& rng_of) {
  if (condition.dim() != 3 || condition.size(2) != parts_.unet->context_width())
    throw ShapeError("diffusion.unclip was made for conditions [B, T, " + std::to_string(parts_.unet->context_width()) +
                     "], found " + shape_text(condition));
  return generate(condition, start, sampling, draw(condition, rng_of));
}

at::Tensor Unclip::generate(const at::Tensor& condition, const at::Tensor& start, const Sampling& sampling,
                            const Draws& draws) const {
  const at::NoGradGuard guard;
  if (start.defined()) check_images(start);
  const int64_t first = start.defined() ? sampling.start_index : 0;
  const auto levels = remaining_levels(sampling.steps, first);
  const auto z = start.defined() ? latents_of(*parts_.autoencoder, start, draws.posterior) : draws.posterior;
  const auto vector = size_vector(condition.size(0)).to(condition.device());
  const auto denoise =
      guided_denoiser(*parts_.unet, {condition, vector}, {draws.unconditional, vector}, sampling.guidance);
  const auto x = euler(z + levels.front() * draws.noise, levels, denoise, first, sampling.after_step);
  return images_of(*parts_.autoencoder, x);
}

void Unclip::check_images(const at::Tensor& images) const {
  const int64_t side = params_.image_size;
  if (images.dim() != 4 || images.size(1) != 3 || images.size(2) != side || images.size(3) != side)
    throw ShapeError("diffusion.unclip expects images [B, 3, " + std::to_string(side) + ", " + std::to_string(side) +
                     "], found " + shape_text(images));
}

}  // namespace bgraph::diffusion

#include "latent_denoiser.h"

#include "noise_schedule.h"
#include "preconditioning.h"

#include <torch/types.h>

namespace bgraph::diffusion {

at::Tensor denoised(DenoisingNetwork& network, const at::Tensor& x, double sigma, const Condition& given) {
  const int64_t t = nearest_level(sigma);
  const auto c = preconditioning(Prediction::eps, noise_levels()[t]);
  const auto times = at::full({x.size(0)}, t, x.options().dtype(at::kLong));
  return x + c.c_out * network.forward(c.c_in * x, times, given.context, given.vector);
}

Denoiser guided_denoiser(DenoisingNetwork& network, Condition given, Condition without, double scale) {
  if (scale == 1)
    return [&network, given](const at::Tensor& x, double sigma) { return denoised(network, x, sigma, given); };
  const Condition both{at::cat({given.context, without.context}), at::cat({given.vector, without.vector})};
  return [&network, both, scale](const at::Tensor& x, double sigma) {
    const auto halves = denoised(network, at::cat({x, x}), sigma, both).chunk(2);
    return guided(halves[0], halves[1], scale);
  };
}

at::Tensor denoising_loss(DenoisingNetwork& network, const at::Tensor& z, const at::Tensor& t, const at::Tensor& noise,
                          const Condition& given) {
  std::vector<double> sigma, c_in;
  for (int64_t b = 0; b < t.size(0); ++b) {
    sigma.push_back(noise_levels()[t[b].item<int64_t>()]);
    c_in.push_back(preconditioning(Prediction::eps, sigma.back()).c_in);
  }
  const auto per_row = [&](const std::vector<double>& numbers) {
    return at::tensor(numbers).to(z.options()).reshape({-1, 1, 1, 1});
  };
  const auto x = z + per_row(sigma) * noise;  // [B, C, h, w]
  return (noise - network.forward(per_row(c_in) * x, t, given.context, given.vector)).square().flatten(1).mean(1);
}

}  // namespace bgraph::diffusion

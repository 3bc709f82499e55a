#include "dip_fit.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

namespace bgraph::inversion {

DipFit::DipFit(SkipNetworks& generators, ImageBackbone& network, std::vector<DipTarget> wanted, Options options)
    : network_(network),
      generators_(generators),
      wanted_(std::move(wanted)),
      options_(options),
      adam_(trainable(generators), options.adam) {
  for (const auto& parameter : network.parameters()) parameter.set_requires_grad(false);
}

at::Tensor DipFit::by_layer(const at::Tensor& images) const {
  const int64_t side = network_.image_size();
  const at::Tensor looked_at = images.size(2) == side && images.size(3) == side
                                   ? images
                                   : at::_upsample_bicubic2d_aa(images, {side, side}, /*align_corners=*/false);
  const auto grids = network_.forward(looked_at, {});
  std::vector<at::Tensor> errors;
  for (const auto& target : wanted_) {
    const at::Tensor map = grids[target.tap].on_grid().transpose(1, 2).reshape(target.map.sizes());
    errors.push_back((map - target.map).square().mean({1, 2, 3}));  // [R]
  }
  return at::stack(errors, 1);
}

DipFit::Step DipFit::step(const at::Tensor& input) {
  const at::Tensor rendered = generators_.forward(input), errors = by_layer(rendered);
  errors.mean(1).sum().backward();
  adam_.step(options_.rate);

  const at::NoGradGuard no_grad;
  const Step done{rendered.detach(), errors.detach()};
  if (!average_.defined()) {
    average_ = done.rendered;
    frozen_ = at::zeros({average_.size(0)}, at::kBool).to(average_.device());
  } else {
    const at::Tensor next = average_.lerp(done.rendered, 1.0 - options_.decay);
    average_ = next.where(~frozen_.view({-1, 1, 1, 1}), average_);
  }
  return done;
}

bool DipFit::settled(double bound) {
  if (seen_before_.defined())
    frozen_ = frozen_ | ((average_ - seen_before_).square().mean({1, 2, 3}).sqrt() < bound);
  seen_before_ = average_;
  return frozen_.all().item<bool>();
}

}  // namespace bgraph::inversion

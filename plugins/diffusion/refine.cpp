// diffusion.refine: reconstructions made sharper by a general image model, started from the reconstruction.
//
//   image -> noised to the level of step `start_index` of `steps` -> denoised with guidance -> resized to `size`
//
// What is coarser than the noise stays, finer structure is drawn anew: it looks better and says nothing about the
// brain. Report scores with and without it. Each row draws from its own place in the whole input.
//
// Source: Brain-IT (arXiv:2510.25976), refinement; 25 steps from index 17, guidance 5 and the 224 pixels of the result from
// its authors' release. Resizing is bilinear with antialias.
//
//   [nodes.refined]
//   type   = "diffusion.refine"
//   inputs = { images = "reconstructions", refiner = "refiner" }

#include "sampling_params.h"

#include <bgraph/sdk/components/refiner.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::diffusion {

struct RefineParams {
  SamplingParams sampling{.steps = 25, .start_index = 17, .guidance = 5.0};
  int64_t size = 224;

  template <class Visitor>
  void visit(Visitor& field) {
    sampling.visit(field);
    field("size", size, at_least(0), "side of the result in pixels, 0 = as the refiner makes it");
  }
};

class Refine final : public Node {
 public:
  explicit Refine(RefineParams params) : params_(params) {
    draws_numbers();
    in_chunks_of(8);
  }

  In<Images> images{this, "images", "reconstructions", kEach};
  In<Model> refiner{this, "refiner", "Refiner"};
  Out<Images> refined{this, "refined", "the same images, float32 in [0, 1]", "=images"};

  void run(Context& ctx) override {
    params_.sampling.require_steps_left();
    const auto model = ctx.build<Refiner>(*refiner);
    const auto pixels = images->unit_range();  // [N, 3, H, W]
    std::vector<at::Tensor> made;
    for (int64_t row = 0; row < images->size(); ++row) {
      const auto sampling = params_.sampling.walk(ctx, params_.sampling.start_index, row, images->size());
      const auto rng_of = [&](int64_t) { return ctx.rng("noise", 0, ctx.first_item() + row); };
      made.push_back(resized(model->refine(pixels.narrow(0, row, 1).to(ctx.device()), sampling, rng_of)).cpu());
    }
    Images out = *images;
    out.pixels = at::cat(made);
    refined = std::move(out);
  }

 private:
  at::Tensor resized(const at::Tensor& image) const {
    if (params_.size == 0 || image.size(2) == params_.size) return image;
    return at::_upsample_bilinear2d_aa(image, {params_.size, params_.size}, /*align_corners=*/false).clamp(0, 1);
  }

  RefineParams params_;
};

BGRAPH_NODE(Refine, "diffusion.refine")

}  // namespace bgraph::diffusion

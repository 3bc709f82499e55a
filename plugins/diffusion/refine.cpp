// diffusion.refine: reconstructions made sharper by a general image model, started from the reconstruction.
//
//   image -> noised to the level of step `start_index` of `steps` -> denoised with guidance -> resized to `size`
//
// What is coarser than the noise stays, finer structure is drawn anew: it looks better and says nothing about the
// brain. Report scores with and without it. Each row draws from its own place in the whole input.
//
// Source: Brain-IT (arXiv 2510.25976), refinement; 25 steps from index 17, guidance 5 and the 224 pixels of the result from
// its authors' release. Resizing is bilinear with antialias.
//
//   [nodes.refined]
//   type   = "diffusion.refine"
//   inputs = { images = "reconstructions", refiner = "refiner" }

#include <bgraph/sdk/components/refiner.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::diffusion {

struct RefineParams {
  int64_t steps = 25;
  int64_t start_index = 17;
  double guidance = 5.0;
  int64_t size = 224;

  template <class Visitor>
  void visit(Visitor& field) {
    field("steps", steps, between(1, 1000), "length of the whole noise schedule");
    field("start_index", start_index, at_least(0), "steps skipped");
    field("guidance", guidance, at_least(0), "scale of classifier-free guidance, 1 = none");
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
    const auto model = ctx.build<Refiner>(*refiner);
    const auto pixels = images->unit_range();  // [N, 3, H, W]
    const int64_t steps = params_.steps - params_.start_index;
    std::vector<at::Tensor> made;
    for (int64_t row = 0; row < images->size(); ++row) {
      const Sampling sampling{params_.steps, params_.start_index, params_.guidance,
                              [&](int64_t step, const at::Tensor&) {
                                ctx.stop_if_cancelled();
                                ctx.progress(row * steps + step - params_.start_index + 1, images->size() * steps);
                              }};
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

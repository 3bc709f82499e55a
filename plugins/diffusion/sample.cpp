// diffusion.sample: images from semantic tokens, started from noise or from a low-level image.
//
//   without `start`   noise, all `steps` of the schedule: the semantic branch alone
//   with `start`      x = start + sigma_k noise, k = start_index: the first k steps are skipped. What is coarser than the
//                     noise of level k comes from the start image, the rest from the tokens: both branches
//   guidance          D = D_u + guidance (D_c - D_u) at every step; 1 leaves the condition alone
//   contrast          out = clamp((image - 0.5) contrast + 0.5, 0, 1)
//
// Row i of `start` belongs to row i of `condition` (the image ids are compared); other sizes are scaled bilinearly.
// Each row draws its noise from its own place in the whole input, so that chunks give the same images.
// Tokens that are not finite are refused.
//
// Source: Brain-IT (arXiv:2510.25976), dual-branch sampling: 38 steps, start index 14, guidance 5, contrast 0.8 (the last
// from the authors' release). Differs: at toy size half the steps (20 from 8: about the same noise level, 2.34 for 2.55),
// guidance 3 (at 4 colours begin to saturate, at 2 categories are named less often), and contrast 1.
//
//   [nodes.both]
//   type        = "diffusion.sample"
//   start_index = 8
//   inputs      = { condition = "semantic_tokens", start = "low_images", backend = "prior" }

#include "sampling_params.h"

#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::diffusion {

struct SampleParams {
  SamplingParams sampling;
  double contrast = 1.0;

  template <class Visitor>
  void visit(Visitor& field) {
    sampling.visit(field);
    field("contrast", contrast, above(0), "contrast of the result about mid grey");
  }
};

class Sample final : public Node {
 public:
  explicit Sample(SampleParams params) : params_(params) {
    draws_numbers();
    in_chunks_of(64);
  }

  In<Features> condition{this, "condition", "semantic tokens, one layer", kEach};
  In<Images> start{this, "start", "low-level images to start from, one per condition", kEach | kOptional};
  In<Model> backend{this, "backend", "DiffusionBackend"};
  Out<Images> images{this, "images", "samples, float32 in [0, 1]", "=condition"};

  void run(Context& ctx) override {
    check();
    const auto prior = ctx.build<DiffusionBackend>(*backend);
    const auto& tokens = condition->layers.front().tokens;  // [N, T, D]
    const auto from = start.given() ? scaled(start->unit_range(), prior->image_size()) : at::Tensor();
    const int64_t first = from.defined() ? params_.sampling.start_index : 0;
    const int64_t batches = (condition->size() + kBatch - 1) / kBatch;
    std::vector<at::Tensor> made;
    for (int64_t row = 0; row < condition->size(); row += kBatch) {
      ctx.stop_if_cancelled();
      const int64_t end = std::min(row + kBatch, condition->size());
      const auto sampling = params_.sampling.walk(ctx, first, row / kBatch, batches);
      const auto rng_of = [&](int64_t b) { return ctx.rng("noise", 0, ctx.first_item() + row + b); };
      made.push_back(prior->sample(tokens.slice(0, row, end).to(ctx.device()),
                                   from.defined() ? from.slice(0, row, end).to(ctx.device()) : from, sampling, rng_of));
    }
    const auto pixels = ((at::cat(made).cpu() - 0.5) * params_.contrast + 0.5).clamp(0, 1);  // [N, 3, S, S]
    images = Images{.pixels = pixels,
                    .image_id = condition->image_id,
                    .category = at::full({condition->size()}, -1, at::kLong),
                    .id_space = condition->id_space};
  }

 private:
  static constexpr int64_t kBatch = 16;  // fits the cache; fixed, because rows change in the last bits with it

  static at::Tensor scaled(const at::Tensor& pixels, int64_t size) {
    if (pixels.size(2) == size && pixels.size(3) == size) return pixels;
    return at::upsample_bilinear2d(pixels, {size, size}, /*align_corners=*/false);
  }

  void check() const {
    if (condition->layers.size() != 1)
      throw Error("input 'condition' expects one layer of tokens, found " + std::to_string(condition->layers.size()),
                  "choose one layer in the node that makes them");
    if (!condition->layers.front().tokens.isfinite().all().item<bool>())
      throw Error("input 'condition' has tokens that are not finite");
    if (!start.given()) return;
    params_.sampling.require_steps_left();
    if (!start->image_id.equal(condition->image_id) || start->id_space != condition->id_space)
      throw Error("'start' and 'condition' are not about the same images, row by row",
                  "make both from the same responses");
  }

  SampleParams params_;
};

BGRAPH_NODE(Sample, "diffusion.sample")

}  // namespace bgraph::diffusion

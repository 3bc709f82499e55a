// diffusion.sdxl_refiner: an SDXL image-to-image pass that takes a reconstruction to 768 pixels.
//
//   z = encode(image, resized bilinearly)       x = z + sigma_k noise
//   Euler over the levels k .. 0 with guidance; 25 steps from index 17: 9 levels, .889 .. 0, 8 steps
//   context    the text encoders' tokens of the empty prompt; without condition: those of a list of defects
//   vector     the prompt's pooled vector, then sinusoids of `sizes`: original, crop, target
//
// The text is always the same, so that its encodings are constants: the file `prompts` holds them
// (safetensors: prompt_context, negative_context [77, 2048]; prompt_pooled, negative_pooled [1280]), and no text encoder is
// needed. They are made once, outside, with the encoders of SDXL:
//
//   python3 graphs/parts/sdxl_prompts.py prompts.safetensors        needs diffusers and safetensors
//
// The UNet and the autoencoder are parts, joined by this node; what does not fit is refused here, and nothing is
// loaded for that.
//
// Order of the random numbers of an image: posterior noise, noise. One image at a time.
//
// Source: Brain-IT (arXiv:2510.25976), refinement (SDXL, no text prompt); levels, guidance 5, sizes and the negative
// prompt's use from its authors' release; Podell et al. 2023 (SDXL, arXiv:2307.01952), section 2.2, for the vector.
//
//   [nodes.refiner]
//   type    = "diffusion.sdxl_refiner"
//   prompts = "prompts.safetensors"
//   inputs  = { unet = "sdxl_unet", autoencoder = "vae" }

#include "latent_denoiser.h"
#include "latent_images.h"
#include "latent_parts.h"
#include "noise_schedule.h"
#include "time_embedding.h"

#include <bgraph/sdk/components/refiner.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::diffusion {

/// Chosen in a graph.
struct RefinerDesign {
  int64_t image_size = 768;
  std::vector<double> sizes = {768, 768, 0, 0, 1024, 1024};

  template <class Visitor>
  void visit(Visitor& field) {
    field("image_size", image_size, at_least(8), "side of the refined images in pixels");
    field("sizes", sizes, any(), "what the vector tells: original height, width, crop top, left, target height, width");
  }
};

/// With what the file of prompts decides.
struct SdxlRefinerParams {
  RefinerDesign design;
  int64_t prompt_tokens = 77;
  int64_t context_width = 2048;
  int64_t pooled_width = 1280;

  template <class Visitor>
  void visit(Visitor& field) {
    design.visit(field);
    field("prompt_tokens", prompt_tokens, at_least(1), "tokens of a prompt");
    field("context_width", context_width, at_least(1), "width of a prompt's tokens");
    field("pooled_width", pooled_width, at_least(1), "width of a prompt's pooled vector");
  }
};

class SdxlRefiner final : public Refiner {
 public:
  explicit SdxlRefiner(SdxlRefinerParams params) : params_(std::move(params)) {
    const auto& p = params_;
    prompt_ = {register_buffer("prompt_context", at::zeros({p.prompt_tokens, p.context_width})),
               register_buffer("prompt_pooled", at::zeros({p.pooled_width}))};
    negative_ = {register_buffer("negative_context", at::zeros({p.prompt_tokens, p.context_width})),
                 register_buffer("negative_pooled", at::zeros({p.pooled_width}))};
  }

  void set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) override {
    parts_ = latent_parts("diffusion.sdxl_refiner", parts);
    const auto& unet = *parts_.unet;
    const auto numbers = static_cast<int64_t>(params_.design.sizes.size());
    const int64_t rest = unet.vector_width() - params_.pooled_width;
    if (unet.context_width() != params_.context_width || numbers == 0 || rest <= 0 || rest % (2 * numbers) != 0)
      throw Error("diffusion.sdxl_refiner: the UNet reads tokens of width " + std::to_string(unet.context_width()) +
                      " and a vector of width " + std::to_string(unet.vector_width()) + ", the prompts have " +
                      std::to_string(params_.context_width) + " and " + std::to_string(params_.pooled_width) + " + " +
                      std::to_string(numbers) + " sinusoids",
                  "take a UNet in the SDXL configuration (context_dim 2048, adm_in_channels 2816)");
    if (params_.design.image_size % parts_.factor() != 0)
      throw Error("diffusion.sdxl_refiner: image_size " + std::to_string(params_.design.image_size) +
                  " is not divisible by " + std::to_string(parts_.factor()) +
                  ", by which autoencoder and UNet shrink it");
  }

  at::Tensor refine(const at::Tensor& images, const Sampling& sampling,
                    const std::function<Rng(int64_t)>& rng_of) override {
    const at::NoGradGuard guard;
    const auto levels = remaining_levels(sampling.steps, sampling.start_index);
    const auto denoise = guided_denoiser(*parts_.unet, condition(prompt_), condition(negative_), sampling.guidance);
    std::vector<at::Tensor> refined;
    for (int64_t b = 0; b < images.size(0); ++b) {
      Rng rng = rng_of(b);
      const auto posterior = rng.normal(latent_shape()).to(images.device());
      const auto noise = rng.normal(latent_shape()).to(images.device());
      const auto z = latents_of(*parts_.autoencoder, resized(images.narrow(0, b, 1)), posterior);  // [1, C, h, w]
      const auto x =
          euler(z + levels.front() * noise, levels, denoise, sampling.start_index, sampling.after_step);
      refined.push_back(images_of(*parts_.autoencoder, x));
    }
    return at::cat(refined);
  }

  int64_t image_size() const override { return params_.design.image_size; }
  void initialise(Rng) override {}  // nothing of its own to draw

 private:
  struct Prompt {
    at::Tensor context, pooled;  // [T, D], [P]
  };

  Condition condition(const Prompt& prompt) const {
    const auto& sizes = params_.design.sizes;
    const int64_t width = (parts_.unet->vector_width() - params_.pooled_width) / static_cast<int64_t>(sizes.size());
    const auto told = number_embeddings(at::tensor(sizes).unsqueeze(0), width).to(prompt.pooled.device());
    return {prompt.context.unsqueeze(0), at::cat({prompt.pooled.unsqueeze(0), told}, 1)};
  }

  std::vector<int64_t> latent_shape() const {
    const int64_t side = params_.design.image_size / parts_.autoencoder->factor();
    return {1, parts_.autoencoder->latent_channels(), side, side};
  }

  at::Tensor resized(const at::Tensor& image) const {
    const int64_t side = params_.design.image_size;
    if (image.size(2) == side && image.size(3) == side) return image;
    return at::upsample_bilinear2d(image, {side, side}, /*align_corners=*/false);
  }

  SdxlRefinerParams params_;
  Prompt prompt_, negative_;
  LatentParts parts_;
};

BGRAPH_COMPONENT(SdxlRefiner, "diffusion.sdxl_refiner")

struct JoinedRefinerParams {
  File prompts;
  RefinerDesign design;

  template <class Visitor>
  void visit(Visitor& field) {
    field("prompts", prompts, required(), "safetensors file with the encoded prompts");
    design.visit(field);
  }
};

class JoinedRefiner final : public Node {
 public:
  explicit JoinedRefiner(JoinedRefinerParams params) : params_(std::move(params)) {}

  In<Model> unet{this, "unet", "DenoisingNetwork in the SDXL configuration"};
  In<Model> autoencoder{this, "autoencoder", "Autoencoder whose latents the UNet knows"};
  Out<Model> model{this, "model", "Refiner diffusion.sdxl_refiner"};

  void run(Context& ctx) override {
    const auto prompts = read_safetensors(params_.prompts.path);
    const auto& context = prompt_tensor(prompts, "prompt_context", 2);
    const auto& pooled = prompt_tensor(prompts, "prompt_pooled", 1);
    Model made = ctx.recipe("diffusion.sdxl_refiner", {{"image_size", params_.design.image_size},
                                                       {"sizes", params_.design.sizes},
                                                       {"prompt_tokens", context.size(0)},
                                                       {"context_width", context.size(1)},
                                                       {"pooled_width", pooled.size(0)}});
    for (const auto& [name, tensor] : prompts) made.weights[name] = tensor.to(at::kFloat);
    made.parts = {{"unet", *unet}, {"autoencoder", *autoencoder}};
    made.trained_on = unet->trained_on;
    made.trained_space = unet->trained_space;
    const ParameterScope shapes_only({.device = at::kMeta});
    ctx.build<Refiner>(made);
    model = std::move(made);
  }

 private:
  const at::Tensor& prompt_tensor(const std::map<std::string, at::Tensor>& prompts, const std::string& name,
                                  int64_t rank) const {
    const auto found = prompts.find(name);
    if (found == prompts.end() || found->second.dim() != rank)
      throw Error(params_.prompts.path + " holds no '" + name + "' of rank " + std::to_string(rank),
                  "prompts are prompt_context, negative_context [T, D] and prompt_pooled, negative_pooled [P]");
    return found->second;
  }

  JoinedRefinerParams params_;
};

BGRAPH_NODE(JoinedRefiner, "diffusion.sdxl_refiner")

}  // namespace bgraph::diffusion

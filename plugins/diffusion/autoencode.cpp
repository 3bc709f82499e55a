// diffusion.autoencode: images through an autoencoder and back: the best any model on its latents could return.
//
//   image = decode(encode(image)), the mean of the posterior where there is one
//   PSNR  = -10 log10 mean (image - original)^2, dB, per image; an image that comes back exactly is left at 120
//
// Images are scaled bilinearly to `size` first.
//
//   [nodes.ceiling]
//   type   = "diffusion.autoencode"
//   inputs = { images = "photos", autoencoder = "vae" }

#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::diffusion {

struct AutoencodeParams {
  int64_t size = 0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("size", size, at_least(0), "side to which images are scaled first, 0 = as they are");
  }
};

class Autoencode final : public Node {
 public:
  explicit Autoencode(AutoencodeParams params) : params_(params) { in_chunks_of(64); }

  In<Images> images{this, "images", "images to encode", kEach};
  In<Model> autoencoder{this, "autoencoder", "Autoencoder"};
  Out<Images> decoded{this, "decoded", "what comes back, float32 in [0, 1]", "=images"};
  Out<Tensor> psnr{this, "psnr", {"N"}, at::kFloat, "per image, dB"};

  void run(Context& ctx) override {
    const at::NoGradGuard guard;
    const auto model = ctx.build<Autoencoder>(*autoencoder);
    const auto pixels = images->unit_range();
    std::vector<at::Tensor> made, error;
    for (int64_t row = 0; row < images->size(); ++row) {
      ctx.stop_if_cancelled();
      ctx.progress(row, images->size());
      const auto image = scaled(pixels.narrow(0, row, 1)).to(ctx.device());  // [1, 3, S, S]
      made.push_back(model->decode(model->encode(image, {})).clamp(0, 1).cpu());
      error.push_back((made.back() - image.cpu()).square().mean());
    }
    Images out = *images;
    out.pixels = at::cat(made);
    decoded = std::move(out);
    psnr = Tensor(-10 * at::stack(error).clamp_min(1e-12).log10(), {"N"}, "dB");
  }

 private:
  at::Tensor scaled(const at::Tensor& image) const {
    if (params_.size == 0) return image;
    return at::upsample_bilinear2d(image, {params_.size, params_.size}, /*align_corners=*/false);
  }

  AutoencodeParams params_;
};

BGRAPH_NODE(Autoencode, "diffusion.autoencode")

}  // namespace bgraph::diffusion

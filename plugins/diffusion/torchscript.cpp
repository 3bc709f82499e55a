// diffusion.torchscript: a denoising network exported from Python as a TorchScript module (a DenoisingNetwork).
//
//   noise = module(x, t, context, vector)        x [B, C, h, w] of unit variance, t [B] int64 in 0..999,
//                                                context [B, T, D], vector [B, V]  ->  [B, C, h, w]
//
// `inputs` names what the module takes, in its order: one without size conditioning leaves "vector" out, and
// "time" takes t as a float. Of several outputs the first is the noise. Joined with an autoencoder by diffusion.unclip
// it is a whole diffusion backend, with our schedule, guidance and loss; its own parameters are not trained.
//
// A TorchScript file is a program, and running it is running whatever its author wrote. So it runs only where the
// graph says allow_code = true, and a Model that holds one says `untrusted` in its notes (torchscript_program.h).
//
//   made by io.load_torchscript
//
//   [nodes.unet]
//   type       = "io.load_torchscript"
//   file       = "unet.pt"
//   allow_code = true
//   component  = "diffusion.torchscript"
//   settings   = { context_width = 1664, vector_width = 1024 }

#include <bgraph/sdk/components/denoising_network.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <bgraph/sdk/weights/torchscript_program.h>

#include <algorithm>

namespace bgraph::diffusion {

struct TorchscriptParams {
  TorchscriptFile file;
  int64_t channels = 4;
  int64_t context_width = 1664;
  int64_t vector_width = 1024;
  int64_t factor = 4;
  std::vector<std::string> inputs = {"x", "t", "context", "vector"};

  template <class Visitor>
  void visit(Visitor& field) {
    file.visit(field);
    field("channels", channels, at_least(1), "channels of a latent");
    field("context_width", context_width, at_least(1), "numbers per token of the context");
    field("vector_width", vector_width, at_least(1), "numbers of the vector");
    field("factor", factor, at_least(1), "height and width of the latents must be divisible by it");
    field("inputs", inputs, one_of({"x", "t", "time", "context", "vector"}), "what the module takes, in its order");
  }
};

class Torchscript final : public DenoisingNetwork {
 public:
  explicit Torchscript(TorchscriptParams params)
      : params_(std::move(params)),
        program_("diffusion.torchscript", params_.file, register_buffer("program", params_.file.place())) {
    if (std::find(params_.inputs.begin(), params_.inputs.end(), "x") == params_.inputs.end())
      throw Error("diffusion.torchscript: inputs name no 'x'", "a denoising network takes the noised latents");
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& context,
                     const at::Tensor& vector) override {
    std::vector<at::Tensor> given;
    for (const auto& input : params_.inputs)
      given.push_back(input == "x"         ? x
                      : input == "t"       ? t
                      : input == "time"    ? t.to(x.scalar_type())
                      : input == "context" ? context
                                           : vector);
    const auto outputs = program_.run(given);
    if (outputs.empty() || outputs.front().sizes() != x.sizes())
      throw ShapeError("the TorchScript module gives " + (outputs.empty() ? "nothing" : shape_text(outputs.front())) +
                       ", expected noise " + shape_text(x));
    return outputs.front();
  }

  int64_t channels() const override { return params_.channels; }
  int64_t context_width() const override { return params_.context_width; }
  int64_t vector_width() const override { return params_.vector_width; }
  int64_t factor() const override { return params_.factor; }
  void initialise(Rng) override { throw Error("diffusion.torchscript is its file; it has no fresh weights"); }

 private:
  TorchscriptParams params_;
  TorchscriptProgram program_;
};

BGRAPH_COMPONENT(Torchscript, "diffusion.torchscript")

}  // namespace bgraph::diffusion

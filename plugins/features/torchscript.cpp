// features.torchscript: an image backbone exported from Python as a TorchScript module (an ImageBackbone).
//
//   x = (image - mean) / sd                      image [B, 3, H, W] in [0, 1]
//   y = module(x)                                a tensor, or a tuple or list of them: one per tap, in order
//   tap [B, D, h, w] -> tokens [B, h w, D];      [B, P, D] -> as it is, on a square grid if P is a square;
//   [B, D] -> one token
//
// A TorchScript file is a program, and running it is running whatever its author wrote. So it runs only where the
// graph says allow_code = true, and a Model that holds one says `untrusted` in its notes (torchscript_program.h). Blocks
// are not known, so no hook is called.
//
//   made by io.load_torchscript

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <bgraph/sdk/weights/torchscript_program.h>

#include <ATen/ops/tensor.h>

#include <cmath>

namespace bgraph::features {

struct TorchscriptParams {
  TorchscriptFile file;
  int64_t image_size = 224;
  std::vector<std::string> taps = {"out"};
  std::vector<double> mean = {0, 0, 0};
  std::vector<double> sd = {1, 1, 1};

  template <class Visitor>
  void visit(Visitor& field) {
    file.visit(field);
    field("image_size", image_size, at_least(1), "height and width the module expects");
    field("taps", taps, any(), "names of its outputs, in order");
    field("mean", mean, any(), "of red, green and blue, taken off first");
    field("sd", sd, above(0), "of red, green and blue, divided by then");
  }
};

class Torchscript final : public ImageBackbone {
 public:
  explicit Torchscript(TorchscriptParams params)
      : params_(std::move(params)),
        program_("features.torchscript", params_.file, register_buffer("program", params_.file.place())) {
    if (params_.mean.size() != 3 || params_.sd.size() != 3) throw Error("mean and sd are of red, green and blue: three numbers each");
  }

  std::vector<TokenGrid> forward(const at::Tensor& images, const BlockHook&) override {
    const auto channels = [&](const std::vector<double>& values) {
      return at::tensor(values, images.options()).view({1, 3, 1, 1});
    };
    const auto outputs = program_.run({(images - channels(params_.mean)) / channels(params_.sd)});
    if (outputs.size() != params_.taps.size())
      throw Error("the TorchScript module has " + std::to_string(outputs.size()) + " outputs, taps names " +
                  std::to_string(params_.taps.size()));
    std::vector<TokenGrid> grids;
    for (size_t i = 0; i < outputs.size(); ++i) grids.push_back(grid_of(params_.taps[i], outputs[i]));
    return grids;
  }

  int64_t image_size() const override { return params_.image_size; }
  std::vector<std::string> taps() const override { return params_.taps; }
  void initialise(Rng) override { throw Error("features.torchscript is its file; it has no fresh weights"); }

 private:
  static TokenGrid grid_of(const std::string& name, const at::Tensor& output) {
    if (output.dim() == 4) return {name, output.flatten(2).transpose(1, 2), output.size(2), output.size(3)};
    if (output.dim() == 2) return {name, output.unsqueeze(1), 1, 1};
    if (output.dim() != 3)
      throw ShapeError("output '" + name + "' is " + shape_text(output) + ", expected [B, D, h, w], [B, P, D] or [B, D]");
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(output.size(1)))));
    const int64_t grid = side * side == output.size(1) ? side : 0;
    return {name, output, grid, grid};
  }

  TorchscriptParams params_;
  TorchscriptProgram program_;
};

BGRAPH_COMPONENT(Torchscript, "features.torchscript")

}  // namespace bgraph::features

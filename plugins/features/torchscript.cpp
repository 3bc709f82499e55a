// features.torchscript: an image backbone exported from Python as a TorchScript module (an ImageBackbone).
//
//   x = (image - mean) / sd                      image [B, 3, H, W] in [0, 1]
//   y = module(x)                                a tensor, or a tuple or list of them: one per tap, in order
//   tap [B, D, h, w] -> tokens [B, h w, D];      [B, P, D] -> as it is, on a square grid if P is a square;
//   [B, D] -> one token
//
// A TorchScript file is a program, and running it is running whatever its author wrote. So it runs only where the
// graph says allow_code = true, and a Model that holds one says `untrusted` in its notes. The module's bytes are its
// weight `program`: it enters keys and the store like any other weights. Blocks are not known, so no hook is called.
//
//   made by io.load_torchscript

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>
#include <optional>
#include <sstream>

namespace bgraph::features {

struct TorchscriptParams {
  int64_t bytes = 1;
  bool allow_code = false;
  int64_t image_size = 224;
  std::vector<std::string> taps = {"out"};
  std::vector<double> mean = {0, 0, 0};
  std::vector<double> sd = {1, 1, 1};

  template <class Visitor>
  void visit(Visitor& field) {
    field("bytes", bytes, at_least(1), "length of the file");
    field("allow_code", allow_code, any(), "the file may be executed; without it the component cannot be built");
    field("image_size", image_size, at_least(1), "height and width the module expects");
    field("taps", taps, any(), "names of its outputs, in order");
    field("mean", mean, any(), "of red, green and blue, taken off first");
    field("sd", sd, above(0), "of red, green and blue, divided by then");
  }
};

class Torchscript final : public ImageBackbone {
 public:
  explicit Torchscript(TorchscriptParams params) : params_(std::move(params)) {
    if (!params_.allow_code)
      throw Error("features.torchscript executes code from a file, and allow_code is false",
                  "allow_code = true, if you trust where the file came from");
    if (params_.mean.size() != 3 || params_.sd.size() != 3) throw Error("mean and sd are of red, green and blue: three numbers each");
    program_ = register_buffer("program", at::empty({params_.bytes}, at::TensorOptions().dtype(at::kByte)));
  }

  std::vector<TokenGrid> forward(const at::Tensor& images, const BlockHook&) override {
    const auto channels = [&](const std::vector<double>& values) {
      return at::tensor(values, images.options()).view({1, 3, 1, 1});
    };
    const auto result = module(images.device()).forward({(images - channels(params_.mean)) / channels(params_.sd)});
    const std::vector<at::Tensor> outputs = tensors_of(result);
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
  /// Read when it is first used: weights are loaded after construction.
  torch::jit::Module& module(const at::Device& device) {
    if (!module_) {
      const at::Tensor bytes = program_.cpu().contiguous();
      std::istringstream stream(std::string(static_cast<const char*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel())));
      module_ = torch::jit::load(stream, device);
      module_->eval();
    }
    return *module_;
  }

  static std::vector<at::Tensor> tensors_of(const c10::IValue& value) {
    if (value.isTensor()) return {value.toTensor()};
    if (value.isTensorList()) return value.toTensorVector();
    if (!value.isTuple()) throw Error("the TorchScript module gives a " + value.tagKind() + ", expected tensors");
    std::vector<at::Tensor> tensors;
    for (const auto& element : value.toTupleRef().elements()) {
      if (!element.isTensor()) throw Error("the TorchScript module gives a tuple with a " + element.tagKind());
      tensors.push_back(element.toTensor());
    }
    return tensors;
  }

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
  at::Tensor program_;
  std::optional<torch::jit::Module> module_;
};

BGRAPH_COMPONENT(Torchscript, "features.torchscript")

}  // namespace bgraph::features

#include <bgraph/sdk/weights/torchscript_program.h>

#include <ATen/ops/zeros.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/parameter_kind.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <sstream>

namespace bgraph {

namespace {

std::vector<at::Tensor> tensors_of(const c10::IValue& value) {
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

}  // namespace

struct TorchscriptProgram::Loaded {
  torch::jit::Module module;
};

at::Tensor TorchscriptFile::place() const {
  return at::zeros({bytes}, at::TensorOptions().dtype(at::kByte).device(parameter_kind().device));
}

TorchscriptProgram::TorchscriptProgram(std::string owner, const TorchscriptFile& file, at::Tensor bytes)
    : owner_(std::move(owner)), bytes_(std::move(bytes)) {
  if (!file.allow_code)
    throw Error(owner_ + " executes code from a file, and allow_code is false",
                "allow_code = true, if you trust where the file came from");
}

TorchscriptProgram::~TorchscriptProgram() = default;

std::vector<at::Tensor> TorchscriptProgram::run(const std::vector<at::Tensor>& inputs) {
  if (!loaded_) {
    const at::Tensor bytes = bytes_.cpu().contiguous();
    std::istringstream stream(std::string(static_cast<const char*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel())));
    loaded_ = std::make_unique<Loaded>(Loaded{torch::jit::load(stream, bytes_.device())});
    loaded_->module.eval();
    for (auto parameter : loaded_->module.parameters()) parameter.set_requires_grad(false);  // nobody trains them
  }
  return tensors_of(loaded_->module.forward({inputs.begin(), inputs.end()}));
}

}  // namespace bgraph

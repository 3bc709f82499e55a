#include <bgraph/sdk/nn/parameter_kind.h>

#include <torch/types.h>

#include <utility>

namespace bgraph {

namespace {

ParameterKind& in_force() {
  thread_local ParameterKind kind;
  return kind;
}

}  // namespace

const ParameterKind& parameter_kind() { return in_force(); }

ParameterScope::ParameterScope(ParameterKind kind) : outer_(std::exchange(in_force(), kind)) {}
ParameterScope::~ParameterScope() { in_force() = outer_; }

at::Tensor new_parameter(at::IntArrayRef shape, double fill) {
  const ParameterKind& kind = in_force();
  const auto tensor = at::empty(shape, at::TensorOptions().dtype(kind.dtype).device(kind.device));
  return kind.filled && !kind.device.is_meta() ? tensor.fill_(fill) : tensor;
}

}  // namespace bgraph

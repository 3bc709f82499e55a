// What the parameters of a network are made of while it is built: precision, device, and whether they are filled.
//
//   ParameterKind kind = parameter_kind();
//   kind.dtype = at::kBFloat16;
//   const ParameterScope scope(kind);               // while it lives, in this thread
//   SgmUnet unet(params);                           // 2.5 G parameters in 5 GB instead of 10
//
// Without a scope layers hold float32 numbers on the CPU, filled with zeros (norms: the identity).
// Not filled: for weights that are loaded next; memory that nobody has touched yet costs nothing.
// Device kMeta: names and shapes without any memory; a model built inside such a scope is checked, not loaded.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph {

struct ParameterKind {
  at::ScalarType dtype = at::kFloat;
  at::Device device = at::kCPU;
  bool filled = true;
};

/// The kind in force in this thread.
const ParameterKind& parameter_kind();

class ParameterScope {
 public:
  explicit ParameterScope(ParameterKind kind);
  ~ParameterScope();
  ParameterScope(const ParameterScope&) = delete;
  ParameterScope& operator=(const ParameterScope&) = delete;

 private:
  ParameterKind outer_;
};

/// A tensor of the kind in force, holding `fill` everywhere if that kind is filled.
at::Tensor new_parameter(at::IntArrayRef shape, double fill = 0);

}  // namespace bgraph

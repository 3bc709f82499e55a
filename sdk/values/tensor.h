// Tensor: one array with named dims and a unit.
#pragma once

#include <ATen/TensorOperators.h>
#include <bgraph/sdk/value.h>

#include <string>
#include <vector>

namespace bgraph {

/// Usable wherever an at::Tensor is; dims and unit travel along.
struct Tensor : at::Tensor {
  static constexpr const char* kType = "Tensor";

  Tensor() = default;
  Tensor(at::Tensor data) : at::Tensor(std::move(data)) {}  // NOLINT: an array is a Tensor without names
  Tensor(at::Tensor data, std::vector<std::string> dim_names, std::string unit_name = {})
      : at::Tensor(std::move(data)), dims(std::move(dim_names)), unit(std::move(unit_name)) {}

  std::vector<std::string> dims;  // "N", "V", ...; may be empty
  std::string unit;               // "percent", "mm", ...; may be empty

  Tensor rows(int64_t begin, int64_t end) const;
  static Tensor concat(const std::vector<Tensor>& parts);

  Value to_value() const;
  static Tensor from_value(const Value& value);
};

/// "[90, 3092]", for messages.
std::string shape_text(const at::Tensor& tensor);
std::string shape_text(at::IntArrayRef sizes);

}  // namespace bgraph

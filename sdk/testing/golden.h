// Golden cases: numbers of the reference implementations, without their weight files.
//
// A case is one JSON file. Every tensor in it is regenerated from its name, so that no weights are stored:
//
//   h(i)     = splitmix64(fnv1a64(NAME) + SEED + i * 0x9E3779B97F4A7C15)      i = flat index, row-major
//   u(i)     = (h(i) >> 40) * 2^-24                                           in [0, 1)
//   value(i) = float32(c + s * (2 u(i) - 1))                                  c centre, s half-width
//
// Outputs and gradients are stored as values or samples, norm and a probe (the inner product with numbers
// filled by the same rule, which catches permutations), each with its tolerance.
//
//   const auto golden = testing::Golden::open("bit_tiny");
//   if (!golden) return;                                      // the case is not there: a warning says so
//   load_weights(net, golden->tensors(), "net");
//   CHECK(golden->output_difference("out", out) == "");
#pragma once

#include <bgraph/sdk/contract/manifest.h>
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <map>
#include <optional>
#include <set>
#include <string>

namespace bgraph::testing {

/// The fill rule; in double before the one rounding to float32.
at::Tensor golden_fill(const std::string& name, uint64_t seed, at::IntArrayRef shape, double centre,
                       double half_width);  // float32

class Golden {
 public:
  /// From the folder of golden cases, else from tests/golden. Nothing, and a warning, where that folder is absent and the
  /// case is not kept. A folder without the case is a failure.
  static std::optional<Golden> open(const std::string& name);

  const Json& operator[](const char* key) const { return case_.at(key); }  // "config", ...

  at::Tensor tensor(const std::string& name) const;   // a weight, float32
  at::Tensor input(const std::string& name) const;    // "input.image", float32
  at::Tensor integers(const std::string& name) const;  // "input.vox_sel.0", int64, flat
  std::map<std::string, at::Tensor> tensors() const;   // all weights

  /// "" if the tensor agrees with the record within its tolerance, otherwise what differs and by how much.
  std::string output_difference(const std::string& name, const at::Tensor& actual) const;
  std::string gradient_difference(const std::string& name, const at::Tensor& actual) const;

  /// Outputs and gradients that neither of the two was asked about; "" if the case is exhausted.
  std::string not_compared() const;

 private:
  explicit Golden(Json content) : case_(std::move(content)) {}
  at::Tensor filled(const char* list, const std::string& name) const;
  uint64_t seed() const { return case_.at("seed").get<uint64_t>(); }

  Json case_;
  mutable std::set<std::string> compared_;  // "outputs/out", "gradients/conv.weight", ...
};

/// "" if a module's parameters and buffers have the names and shapes of these entries of the case `layouts`,
/// [[name, shape], ...]; otherwise every name that differs.
std::string layout_difference(const Json& entries, const torch::nn::Module& module);

/// Numbers in all its parameters.
int64_t parameter_count(const torch::nn::Module& module);

}  // namespace bgraph::testing

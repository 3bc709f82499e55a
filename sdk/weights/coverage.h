// Coverage: how a set of weights fits the places a component has for them.
//
//   matched      a place with a weight of its shape
//   missing      a place without a weight               nearest: a weight without a place
//   unexpected   a weight without a place               nearest: a place without a weight
//   wrong shape  a weight of another shape than its place
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph {

using NamedTensors = std::map<std::string, at::Tensor>;

struct Coverage {
  struct Unmatched {
    std::string name;
    std::string nearest;  // the name that was probably meant; "" if none is near
  };
  struct WrongShape {
    std::string name;
    std::vector<int64_t> found, expected;
  };
  std::vector<std::string> matched;
  std::vector<Unmatched> missing, unexpected;
  std::vector<WrongShape> wrong_shape;

  bool complete() const { return missing.empty() && unexpected.empty() && wrong_shape.empty(); }
  /// Everything that does not fit, a line each, indented; after the first dozen of a kind it counts.
  std::string problems() const;
  /// The prefix that stands between the two sides, as a fix ("the names stand below 'module.' ..."), or "".
  std::string prefix_hint() const;
};

/// `places` are a component's own tensors; only their shapes count.
Coverage coverage_of(const NamedTensors& places, const NamedTensors& weights);

}  // namespace bgraph

// The constants of the closed-form decoders, as lists to choose from by cross-validation inside the training trials.
#pragma once

#include <bgraph/sdk/params.h>

#include <cstdint>
#include <vector>

namespace bgraph::decoding {

struct ConstantLists {
  std::vector<int64_t> components = {20, 30, 45};
  std::vector<int64_t> voxels = {200, 400, 800};
  std::vector<double> penalties = {3.0, 10.0, 30.0};
  std::vector<double> shrinkages = {0.3, 0.6, 0.9};
  int64_t inner_folds = 6;

  template <class Visitor>
  void visit(Visitor& field) {
    field("components", components, at_least(1), "numbers of principal components of `prior` to choose from");
    field("voxels", voxels, at_least(1), "numbers of best predicted voxels to choose from");
    field("penalties", penalties, above(0), "ridge penalties to choose from, on coefficients of unit variance");
    field("shrinkages", shrinkages, between(0, 1), "shrinkages of the noise covariance to choose from");
    field("inner_folds", inner_folds, at_least(2), "folds of the inner cross-validation");
  }
};

}  // namespace bgraph::decoding

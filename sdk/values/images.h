// Images: pictures with their identity, so that leaks can be seen.
#pragma once

#include <bgraph/sdk/value.h>

#include <string>
#include <vector>

namespace bgraph {

struct Images {
  static constexpr const char* kType = "Images";

  at::Tensor pixels;     // [N, 3, H, W] uint8, or float32 in [0, 1]
  at::Tensor image_id;   // [N] int64, unique identity of the stimulus within id_space
  at::Tensor category;   // [N] int64, -1 = none
  std::string id_space;  // which numbering: "toy", "mnist-test"; images of two spaces are never the same
  std::string split;     // "train", "validation", "test", "external" or ""

  int64_t size() const { return pixels.size(0); }
  at::Tensor unit_range() const;  // [N, 3, H, W] float32 in [0, 1]
  Images rows(int64_t begin, int64_t end) const;
  Images select(const at::Tensor& index) const;  // index [M] int64
  static Images concat(const std::vector<Images>& parts);

  Value to_value() const;
  static Images from_value(const Value& value);
};

}  // namespace bgraph

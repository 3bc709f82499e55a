// Images: pictures with their identity, so that leaks can be seen.
//
// Pixels are in memory, or in a file until they are asked for (stored_pixels.h): an input reads them before run(), unless it says
// kStored and asks for rows.
#pragma once

#include <bgraph/sdk/value.h>

#include <memory>
#include <string>
#include <vector>

namespace bgraph {

class Context;
struct StoredPixels;

struct Images {
  static constexpr const char* kType = "Images";

  at::Tensor pixels;     // [N, 3, H, W] uint8, or float32 in [0, 1]; undefined while they are `stored`
  at::Tensor image_id;   // [N] int64, unique identity of the stimulus within id_space
  at::Tensor category;   // [N] int64, -1 = none
  std::string id_space;  // which numbering: "toy", "mnist-test"; images of two spaces are never the same
  std::string split;     // "train", "validation", "test", "external" or ""

  std::shared_ptr<const StoredPixels> stored = {};  // where the pixels are, until they are asked for

  int64_t size() const { return stored ? image_id.size(0) : pixels.size(0); }
  bool in_memory() const { return !stored; }
  Images opened(Context& ctx) const;  // pixels read
  at::Tensor unit_range() const;      // [N, 3, H, W] float32 in [0, 1]; Error while they are stored
  at::Tensor unit_range(Context& ctx, const at::Tensor& index) const;  // the same of these rows, wherever they are
  Images rows(int64_t begin, int64_t end) const;
  Images select(const at::Tensor& index) const;  // index [M] int64
  static Images concat(const std::vector<Images>& parts);

  Value to_value() const;
  static Images from_value(const Value& value);
};

}  // namespace bgraph

// Pictures that stay in their file: what a lazy `Images` holds instead of pixels.
//
//   picture n  =  row[n] of the array, its central square brought to `square`, then to each of `sizes` in turn
//
// Only the rows asked for are read, each picture by itself, so any batch gives the bytes that all at once would. The file is
// compared with its digest when it is opened, and stays open for as long as these pictures, or some selected from them, live.
#pragma once

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/data/open_arrays.h>

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bgraph {

class Context;

struct StoredPixels {
  struct Size {
    int64_t size = 0;
    std::string method;  // of resize.h
    bool bytes = true;   // rounded to 256 levels
    bool operator==(const Size&) const = default;
  };
  ArrayRef pictures;        // [M, H, W, 3] or [M, 3, H, W]
  Size square;              // in bytes
  std::vector<Size> sizes;  // in [0, 1]
  at::Tensor row;           // [N] int64
  std::shared_ptr<OpenArrays> files = std::make_shared<OpenArrays>();

  int64_t side() const { return sizes.empty() ? square.size : sizes.back().size; }
  StoredPixels select(const at::Tensor& index) const;
  bool same_but_rows(const StoredPixels& other) const;

  /// Pictures `index` [n] of these  ->  [n, 3, side, side] uint8 or float32. For several threads at once.
  at::Tensor read(Context& ctx, const at::Tensor& index) const;

  void write_to(Json& meta, std::map<std::string, at::Tensor>& tensors) const;
  static StoredPixels read_from(const Json& meta, const std::map<std::string, at::Tensor>& tensors);
};

}  // namespace bgraph

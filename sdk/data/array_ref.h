// An array that stays in its file: where its numbers lie and how they are coded.
//
//   value = stored * scale        rows = first axis, columns = all others, flattened with the last axis fastest
//
// Raw numbers (.npy, stored members of .npz, .mgh, uncompressed NIfTI, contiguous HDF5) are mapped; chunked HDF5 is read
// chunk by chunk. A compressed stream (.gz) cannot be entered in the middle and is never referred to.
#pragma once

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/data/hdf5_file.h>
#include <bgraph/sdk/data/number_code.h>

#include <string>
#include <vector>

namespace bgraph {

struct ArrayRef {
  std::string path;
  std::string content;      // digest of the file when the reference was made
  std::string dataset;      // HDF5; "" = raw numbers at `offset`
  int64_t offset = 0;
  NumberCode code;
  std::vector<int64_t> shape;  // C order, rows first
  double scale = 1.0;

  int64_t rows() const { return shape.empty() ? 0 : shape.front(); }
  int64_t columns() const;
  bool operator==(const ArrayRef&) const = default;
};

Json to_json(const ArrayRef& ref);
ArrayRef array_ref_from_json(const Json& json);

/// The array, opened. Error if the file no longer holds what the reference says. For several threads at once.
class ArrayRows {
 public:
  explicit ArrayRows(const ArrayRef& ref);

  /// out[i * stride + j] = value at row[i], column[j]. Rows in any order, with repeats; columns ascending.
  void gather(std::span<const int64_t> row, std::span<const int64_t> column, float* out, int64_t stride) const;

  /// Whole rows as they are stored, [n, ...]; the scale is the caller's. In any order, with repeats.
  at::Tensor rows(std::span<const int64_t> row) const;

  bool only_mapped() const { return mapped_ != nullptr; }  // no descriptor is held, no chunks in memory
  int64_t cached_bytes() const { return dataset_.empty() ? 0 : dataset_.front().cached_bytes(); }

 private:
  void gather_planes(std::span<const int64_t> row, std::span<const int64_t> column, float* out, int64_t stride) const;

  ArrayRef ref_;
  std::shared_ptr<MappedFile> mapped_;
  std::vector<Hdf5Dataset> dataset_;  // one, or none
};

}  // namespace bgraph

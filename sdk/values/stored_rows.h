// Responses that stay in the data set's own files: what a lazy `Betas` holds instead of numbers.
//
//   row n, voxel v  =  (stored - mean[group n, v]) / sd[group n, v]        without mean and sd: as stored
//
// Parts stand side by side (left and right hemisphere), the blocks of a part one below the other (sessions). Only the
// wanted columns of the wanted rows are ever read. Files are compared with their digests when they are opened, and stay open for
// as long as these rows, or some selected from them, live (open_arrays.h). Several threads may read at once.
#pragma once

#include <bgraph/sdk/data/array_ref.h>
#include <bgraph/sdk/data/open_arrays.h>
#include <bgraph/sdk/values/betas.h>

#include <memory>
#include <vector>

namespace bgraph {

class Context;

struct StoredRows {
  struct Part {
    std::vector<ArrayRef> blocks;
    at::Tensor column;  // [v] int64, ascending, of each block's columns
  };
  std::vector<Part> parts;
  at::Tensor row;    // [N] int64, counted over all blocks
  at::Tensor group;  // [N] int64, whose statistics apply; undefined without
  at::Tensor mean;   // [G, V] float32, or undefined
  at::Tensor sd;     // [G, V] float32, or undefined
  std::shared_ptr<OpenArrays> files = std::make_shared<OpenArrays>();

  int64_t voxels() const;
  StoredRows select(const at::Tensor& index) const;    // rows
  StoredRows columns(const at::Tensor& index) const;   // voxels, ascending

  /// Rows `index` [n] of these  ->  [n, V] float32. Error if a file is missing, changed or other than recorded.
  at::Tensor read(Context& ctx, const at::Tensor& index) const;

  void write_to(const std::string& prefix, Json& meta, std::map<std::string, at::Tensor>& tensors) const;
  static StoredRows read_from(const std::string& prefix, const Json& meta, const std::map<std::string, at::Tensor>& tensors);
};

/// Rows of one subject as numbers, wherever they are.   index [n]  ->  [n, V] float32
at::Tensor responses(Context& ctx, const SubjectBetas& subject, const at::Tensor& index);

}  // namespace bgraph

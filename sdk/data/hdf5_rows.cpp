// Rows of a dataset in any order.
//
// Numbers that lie in the file as in memory are copied out of the mapped file; so are chunks of a matrix (hdf5_chunks.cpp).
// Whatever else there is goes through HDF5, band by band of chunks, each read once however many rows it holds. A selection of
// many pieces, which is what h5py's fancy indexing asks for, costs HDF5 more than the bytes: benchmarks/hdf5_rows.cpp.
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/wrong_file.h>

#include "hdf5_handles.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>

namespace bgraph {

at::Tensor Hdf5Dataset::rows(std::span<const int64_t> index) const {
  if (shape_.empty()) throw wrong("rows", "a single number");
  for (const int64_t row : index)
    if (row < 0 || row >= shape_[0])
      throw wrong("at least " + std::to_string(row + 1) + " rows", std::to_string(shape_[0]));
  NumberCode stored = code_;
  {
    const auto lock = hdf5::entered();
    stored.big_endian = H5Tget_order(handles_->type) == H5T_ORDER_BE;
  }
  std::vector<int64_t> size = shape_;
  size[0] = static_cast<int64_t>(index.size());
  const auto bytes = static_cast<size_t>(element_count(size, path_, "rows of '" + name_ + "'") * code_.bytes);
  // Numbers the machine reads as they lie go straight to where they belong.
  const auto filled = [&](const auto& fill) {
    if (!stored.big_endian && (stored.kind == 'f' || stored.kind == 'i')) {
      at::Tensor out = at::empty(size, at::TensorOptions().dtype(tensor_type(stored)));
      return fill(static_cast<std::byte*>(out.data_ptr())) ? out : at::Tensor();
    }
    std::vector<std::byte> raw(bytes);
    return fill(raw.data()) ? decoded(raw, size, stored) : at::Tensor();
  };
  if (offset_ && bytes > 0)
    return filled([&](std::byte* out) {
      const size_t width = bytes / index.size();
      for (size_t i = 0; i < index.size(); ++i)
        std::memcpy(out + i * width, mapped_->bytes().data() + *offset_ + static_cast<size_t>(index[i]) * width, width);
      return true;
    });
  if (handles_->chunks.file && bytes > 0) {
    const at::Tensor out = filled([&](std::byte* raw) {
      return hdf5::read_rows(handles_->chunks, handles_->dataset, shape_[1], chunk_, static_cast<size_t>(code_.bytes), index, raw);
    });
    if (out.defined()) return out;
  }
  std::vector<int64_t> sorted(index.begin(), index.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  const at::Tensor unique = sorted_rows(sorted);
  if (std::equal(sorted.begin(), sorted.end(), index.begin(), index.end())) return unique;
  at::Tensor order = at::empty({static_cast<int64_t>(index.size())}, at::kLong);
  for (size_t i = 0; i < index.size(); ++i)
    order.data_ptr<int64_t>()[i] = std::lower_bound(sorted.begin(), sorted.end(), index[i]) - sorted.begin();
  return unique.index_select(0, order);
}

// Ascending rows without repeats. Rows of one band of chunks are asked for together, so that each chunk is read
// (and inflated) once; HDF5 is slow at selections of many pieces, so bands are asked for one by one.
at::Tensor Hdf5Dataset::sorted_rows(std::span<const int64_t> index) const {
  auto out_shape = shape_;
  out_shape[0] = static_cast<int64_t>(index.size());
  NumberCode in_memory = code_;
  in_memory.big_endian = false;
  at::Tensor out = at::empty(out_shape, at::TensorOptions().dtype(tensor_type(in_memory)));
  if (out.numel() == 0) return out;
  const int64_t band = chunk_.empty() ? 1 : chunk_[0];
  auto begin = std::vector<int64_t>(shape_.size(), 0), count = shape_;
  for (size_t first = 0; first < index.size();) {
    size_t last = first + 1;  // one past the rows of this band
    while (last < index.size() && index[last] / band == index[first] / band) ++last;
    // A band at least a quarter wanted is read whole between its first and last row, else run by run from the cache.
    const int64_t span = index[last - 1] - index[first] + 1, wanted = static_cast<int64_t>(last - first);
    if (span <= 4 * wanted) {
      begin[0] = index[first], count[0] = span;
      const at::Tensor piece = block(begin, count);
      for (size_t i = first; i < last; ++i) out.select(0, static_cast<int64_t>(i)).copy_(piece.select(0, index[i] - index[first]));
    } else {
      for (size_t i = first; i < last; ++i) {
        begin[0] = index[i], count[0] = 1;
        out.select(0, static_cast<int64_t>(i)).copy_(block(begin, count).select(0, 0));
      }
    }
    first = last;
  }
  return out;
}

}  // namespace bgraph

// Rows of a dataset in any order.
//
// Contiguous numbers, and chunks without filters of a matrix, lie in the file as in memory: rows are copied out of the mapped file.
// Other chunks go through HDF5, each read (and inflated) once however many rows it holds. A selection of many pieces, which is what
// h5py's fancy indexing asks for, costs HDF5 more than the bytes: benchmarks/hdf5_rows.cpp.
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/wrong_file.h>

#include "hdf5_handles.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>

namespace bgraph {

namespace {

/// Chunks of a matrix that lie in the file as they are.
struct PlainChunks {
  hid_t dataset;
  std::span<const std::byte> file;
  std::unordered_map<int64_t, haddr_t>& known;  // address by number: row of chunks * across + column
  int64_t rows, columns;                        // of a chunk
  int64_t across;                               // chunks side by side
  size_t bytes;                                 // of a number

  /// Where chunk `number` begins; nullptr for one that was never written, or is said to lie beyond the file.
  const std::byte* begin(int64_t number) const {
    const auto [place, fresh] = known.emplace(number, HADDR_UNDEF);
    if (fresh) {
      const hsize_t corner[2] = {static_cast<hsize_t>(number / across * rows), static_cast<hsize_t>(number % across * columns)};
      unsigned skipped_filters = 0;
      hsize_t stored = 0;
      const bool found = H5Dget_chunk_info_by_coord(dataset, corner, &skipped_filters, &place->second, &stored) >= 0;
      const auto expected = static_cast<hsize_t>(rows * columns) * bytes;
      if (!found || stored != expected || place->second > file.size() || expected > file.size() - place->second) place->second = HADDR_UNDEF;
      H5Eclear2(H5E_DEFAULT);
    }
    return place->second == HADDR_UNDEF ? nullptr : file.data() + place->second;
  }

  /// Rows of `width` numbers, one after the other; false if a chunk of them has no place.
  bool copy(std::span<const int64_t> index, int64_t width, std::byte* out) const {
    for (const int64_t row : index)
      for (int64_t column = 0; column < width; column += columns) {
        const std::byte* chunk = begin(row / rows * across + column / columns);
        if (!chunk) return false;
        const size_t count = static_cast<size_t>(std::min(columns, width - column)) * bytes;
        std::memcpy(out, chunk + static_cast<size_t>(row % rows * columns) * bytes, count);
        out += count;
      }
    return true;
  }
};

}  // namespace

at::Tensor Hdf5Dataset::rows(std::span<const int64_t> index) const {
  if (shape_.empty()) throw wrong("rows", "a single number");
  for (const int64_t row : index)
    if (row < 0 || row >= shape_[0])
      throw wrong("at least " + std::to_string(row + 1) + " rows", std::to_string(shape_[0]));
  if (handles_->chunks) {
    NumberCode stored = code_;
    stored.big_endian = H5Tget_order(handles_->type) == H5T_ORDER_BE;
    const auto bytes = static_cast<size_t>(code_.bytes);
    const PlainChunks chunks{handles_->dataset, handles_->chunks->bytes(), handles_->address, chunk_[0], chunk_[1], (shape_[1] + chunk_[1] - 1) / chunk_[1], bytes};
    const std::vector<int64_t> size = {static_cast<int64_t>(index.size()), shape_[1]};
    std::vector<std::byte> raw(static_cast<size_t>(element_count(size, path_, "rows of '" + name_ + "'")) * bytes);
    if (chunks.copy(index, shape_[1], raw.data())) return decoded(raw, size, stored);
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
  if (offset_) {
    const at::Tensor all = mapped_numbers(mapped_, *offset_, shape_, code_);
    for (size_t i = 0; i < index.size(); ++i) out.select(0, static_cast<int64_t>(i)).copy_(all.select(0, index[i]));
    return out;
  }
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

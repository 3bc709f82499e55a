// Rows out of the chunks of a matrix, without HDF5 between them and the mapped file.
//
// Chunks without filters are copied from. Deflated ones are inflated on the threads of the node, each once however many of its
// rows are wanted; of shuffled ones only those rows are put together again. While the first are inflated the disk brings the others.
#include "hdf5_handles.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>

namespace bgraph::hdf5 {

namespace {

constexpr int64_t kLargestChunk = int64_t{64} << 20;  // bytes, inflated: one for each thread

/// Element `i` of a shuffled chunk has its byte k at k * count + i.
template <size_t kBytes>
void unshuffle(const std::byte* chunk, size_t count, size_t first, size_t wanted, std::byte* out) {
  for (size_t i = 0; i < wanted; ++i)
    for (size_t k = 0; k < kBytes; ++k) out[i * kBytes + k] = chunk[k * count + first + i];
}

/// Chunks of a matrix in the mapped file.
class MappedChunks {
 public:
  MappedChunks(OwnChunks& own, hid_t dataset, int64_t width, const std::vector<int64_t>& chunk, size_t bytes)
      : own_(own), dataset_(dataset), file_(own.file->bytes()), rows_(chunk[0]), columns_(chunk[1]), width_(width),
        across_((width + chunk[1] - 1) / chunk[1]), bytes_(bytes) {}

  bool read(std::span<const int64_t> index, std::byte* out) {
    if (own_.deflated && rows_ * columns_ > kLargestChunk / static_cast<int64_t>(bytes_)) return false;
    return own_.deflated || own_.shuffled ? undo_filters(index, out) : copy(index, out);
  }

 private:
  struct Wanted {
    int64_t column;                                 // of the first number of the chunk
    ChunkPlace place;
    const std::vector<std::pair<int64_t, size_t>>* rows;  // of the chunk, and where in `out`
  };

  /// Where chunk `number` lies; nowhere if it was never written, or is said to lie beyond the file.
  ChunkPlace place_of(int64_t number) {
    const auto [found, fresh] = own_.place.try_emplace(number);
    if (!fresh) return found->second;
    const hsize_t corner[2] = {static_cast<hsize_t>(number / across_ * rows_), static_cast<hsize_t>(number % across_ * columns_)};
    unsigned skipped_filters = 0;
    ChunkPlace there;
    const bool known = H5Dget_chunk_info_by_coord(dataset_, corner, &skipped_filters, &there.address, &there.bytes) >= 0;
    H5Eclear2(H5E_DEFAULT);
    const bool whole = own_.deflated || there.bytes == chunk_bytes();
    if (known && whole && skipped_filters == 0 && there.address <= file_.size() && there.bytes <= file_.size() - there.address)
      found->second = there;
    return found->second;
  }

  bool copy(std::span<const int64_t> index, std::byte* out) {
    std::vector<ChunkPlace> places;  // of all rows, from left to right
    {
      const auto lock = entered();
      for (const int64_t row : index)
        for (int64_t column = 0; column < width_; column += columns_) {
          places.push_back(place_of(row / rows_ * across_ + column / columns_));
          if (places.back().address == HADDR_UNDEF) return false;
        }
    }
    auto next = places.begin();
    for (const int64_t row : index)
      for (int64_t column = 0; column < width_; column += columns_) {
        const ChunkPlace chunk = *next++;
        const size_t count = wanted_columns(column) * bytes_;
        std::memcpy(out, file_.data() + chunk.address + static_cast<size_t>(row % rows_ * columns_) * bytes_, count);
        out += count;
      }
    return true;
  }

  bool undo_filters(std::span<const int64_t> index, std::byte* out) {
    std::map<int64_t, std::vector<std::pair<int64_t, size_t>>> bands;  // of chunks
    for (size_t i = 0; i < index.size(); ++i)
      bands[index[i] / rows_].emplace_back(index[i] % rows_, i * static_cast<size_t>(width_) * bytes_);
    std::vector<Wanted> chunks;
    {
      const auto lock = entered();
      for (const auto& [band, rows] : bands)
        for (int64_t column = 0; column < width_; column += columns_) {
          chunks.push_back({column, place_of(band * across_ + column / columns_), &rows});
          if (chunks.back().place.address == HADDR_UNDEF) return false;
        }
    }
    for (const auto& chunk : chunks) fetch_ahead(chunk.place);
    std::atomic<bool> good = true;
    at::parallel_for(0, static_cast<int64_t>(chunks.size()), 1, [&](int64_t begin, int64_t end) {
      std::vector<std::byte> inflated(own_.deflated ? chunk_bytes() : 0);
      for (int64_t i = begin; i < end && good; ++i)
        if (!put_rows(chunks[static_cast<size_t>(i)], inflated, out)) good = false;
    });
    return good;
  }

  bool put_rows(const Wanted& wanted, std::vector<std::byte>& inflated, std::byte* out) const {
    const std::byte* chunk = file_.data() + wanted.place.address;
    if (own_.deflated) {
      uLongf length = inflated.size();
      if (::uncompress(reinterpret_cast<Bytef*>(inflated.data()), &length, reinterpret_cast<const Bytef*>(chunk), wanted.place.bytes) != Z_OK ||
          length != inflated.size())
        return false;
      chunk = inflated.data();
    }
    const auto all = static_cast<size_t>(rows_ * columns_);
    for (const auto& [row, at] : *wanted.rows) {
      const auto first = static_cast<size_t>(row * columns_), count = wanted_columns(wanted.column);
      std::byte* const place = out + at + static_cast<size_t>(wanted.column) * bytes_;
      if (!own_.shuffled || bytes_ == 1) std::memcpy(place, chunk + first * bytes_, count * bytes_);
      else if (bytes_ == 2) unshuffle<2>(chunk, all, first, count, place);
      else if (bytes_ == 4) unshuffle<4>(chunk, all, first, count, place);
      else unshuffle<8>(chunk, all, first, count, place);
    }
    return true;
  }

  /// The disk brings the next chunks while the first are inflated.
  void fetch_ahead(const ChunkPlace& chunk) const {
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE)), begin = static_cast<size_t>(chunk.address) / page * page;
    ::madvise(const_cast<std::byte*>(file_.data()) + begin, static_cast<size_t>(chunk.address + chunk.bytes) - begin, MADV_WILLNEED);
  }

  size_t wanted_columns(int64_t column) const { return static_cast<size_t>(std::min(columns_, width_ - column)); }
  size_t chunk_bytes() const { return static_cast<size_t>(rows_ * columns_) * bytes_; }

  OwnChunks& own_;
  hid_t dataset_;
  std::span<const std::byte> file_;
  int64_t rows_, columns_;  // of a chunk
  int64_t width_, across_;  // of the matrix: numbers, chunks
  size_t bytes_;            // of a number
};

}  // namespace

bool read_rows(OwnChunks& chunks, hid_t dataset, int64_t width, const std::vector<int64_t>& chunk, size_t bytes,
               std::span<const int64_t> index, std::byte* out) {
  constexpr int64_t kBeyondReason = int64_t{1} << 40;  // numbers in a chunk, as a damaged file may say
  if (chunk[0] <= 0 || chunk[1] <= 0 || chunk[1] > kBeyondReason / chunk[0]) return false;
  return MappedChunks(chunks, dataset, width, chunk, bytes).read(index, out);
}

}  // namespace bgraph::hdf5

// HDF5 files, read only: datasets of numbers and of text, by rows and blocks.
//
//   const Hdf5File file(path);
//   const auto betas = file.dataset("betas");            // Error naming the datasets there are
//   const at::Tensor some = betas.rows({3, 3, 700});     // [3, V] in that order, repeats allowed
//
// float16 becomes kHalf. MATLAB v7.3 files are HDF5 with every array's axes reversed: see plugins/io/arrays/mat73.h.
// Refused: external links, external storage and virtual datasets (a file must not reach outside itself), filters
// that are not installed (named). Several threads may read at once: the library is entered by one at a time, chunks are
// inflated and copied beside each other.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/data/number_code.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bgraph {

class Hdf5Dataset {
 public:
  const std::vector<int64_t>& shape() const { return shape_; }
  const std::vector<int64_t>& chunk() const { return chunk_; }  // empty = contiguous
  bool is_text() const { return text_; }
  NumberCode code() const { return code_; }
  int64_t cached_bytes() const { return cached_bytes_; }  // of chunks, that the library may keep in memory at most

  /// Everything. Error if the dataset claims far more than its file stores.
  at::Tensor read() const;

  /// Rows of the first axis, in any order, with repeats. Each chunk is read once however many rows it holds.
  at::Tensor rows(std::span<const int64_t> index) const;

  /// A box: from `begin`, `count` along every axis.
  at::Tensor block(const std::vector<int64_t>& begin, const std::vector<int64_t>& count) const;

  /// Strings of a text dataset, in C order.
  std::vector<std::string> texts() const;

  /// Text attribute, "" if there is none.
  std::string attribute(const std::string& name) const;

 private:
  friend class Hdf5File;
  struct Handles;
  at::Tensor sorted_rows(std::span<const int64_t> index) const;
  Error wrong(const std::string& expected, const std::string& found, std::string fix = {}) const;

  std::string path_, name_;
  std::vector<int64_t> shape_, chunk_;
  NumberCode code_;
  int64_t cached_bytes_ = 0;
  bool text_ = false;
  std::optional<size_t> offset_;        // of contiguous data in the file
  std::shared_ptr<MappedFile> mapped_;  // with offset_
  std::shared_ptr<Handles> handles_;
};

class Hdf5File {
 public:
  /// Error if the file is missing or no HDF5.
  explicit Hdf5File(const std::string& path);

  bool holds(const std::string& name) const;  // a dataset of that path
  Hdf5Dataset dataset(const std::string& name) const;

  /// Paths of the datasets that a dataset of references points at, in C order: what MATLAB keeps a cell in. At most 10000; Error if
  /// it is no such dataset, or one of them leads nowhere.
  std::vector<std::string> referred(const std::string& name) const;

  /// Paths of all datasets, sorted, without the leading '/'; at most 10000.
  std::vector<std::string> datasets() const;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::shared_ptr<void> file_;
};

}  // namespace bgraph

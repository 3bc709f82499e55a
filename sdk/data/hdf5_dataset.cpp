// Reading from a dataset: boxes, everything, text.
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/wrong_file.h>

#include "hdf5_handles.hpp"

#include <ATen/ops/empty.h>

#include <cstring>

namespace bgraph {

using hdf5::Id;
using hdf5::reason;

namespace {

Id memory_type(NumberCode code, hid_t stored) {
  if (code.kind == 'b') return {H5Tcopy(stored), H5Tclose};
  if (code.kind == 'f' && code.bytes == 2) {  // 1.10 has no native half: IEEE 754 binary16, built by hand
    Id half(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    return half;
  }
  return {H5Tget_native_type(stored, H5T_DIR_ASCEND), H5Tclose};
}

std::vector<hsize_t> unsigned_sizes(const std::vector<int64_t>& sizes) { return {sizes.begin(), sizes.end()}; }

constexpr int64_t kDeflateRatio = 1032;  // deflate can do no better

}  // namespace

Error Hdf5Dataset::wrong(const std::string& expected, const std::string& found, std::string fix) const {
  return wrong_file(path_, "dataset '" + name_ + "'", expected, found, std::move(fix));
}

at::Tensor Hdf5Dataset::block(const std::vector<int64_t>& begin, const std::vector<int64_t>& count) const {
  if (text_) throw wrong("numbers", "text");
  const auto lock = hdf5::entered();
  if (begin.size() != shape_.size() || count.size() != shape_.size())
    throw wrong(std::to_string(begin.size()) + " axes", shape_text(shape_));
  for (size_t d = 0; d < shape_.size(); ++d)
    if (begin[d] < 0 || count[d] < 0 || begin[d] > shape_[d] - count[d])
      throw wrong("at least " + shape_text(count) + " from " + shape_text(begin), shape_text(shape_));
  NumberCode in_memory = code_;
  in_memory.big_endian = false;
  const int64_t elements = element_count(count, path_, "block of '" + name_ + "'");
  const bool widened = in_memory.kind == 'b' || (in_memory.kind == 'u' && in_memory.bytes > 1);
  at::Tensor out = at::empty(count, at::TensorOptions().dtype(tensor_type(in_memory)));
  if (elements == 0) return out;
  std::vector<std::byte> raw(widened ? static_cast<size_t>(elements * code_.bytes) : 0);
  const Id file_space(H5Dget_space(handles_->dataset), H5Sclose);
  const auto start = unsigned_sizes(begin), size = unsigned_sizes(count);
  if (!shape_.empty()) H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
  const Id memory_space(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
  const Id type = memory_type(in_memory, handles_->type);
  void* const target = widened ? static_cast<void*>(raw.data()) : out.data_ptr();
  if (H5Dread(handles_->dataset, type, memory_space, file_space, H5P_DEFAULT, target) < 0)
    throw wrong("readable", "damaged or coded by a filter that is not installed: " + reason(),
                "fetch the file again, or install hdf5-filter-plugin");
  return widened ? decoded(raw, count, in_memory) : out;
}

at::Tensor Hdf5Dataset::read() const {
  const int64_t bytes = element_count(shape_, path_, "dataset '" + name_ + "'") * code_.bytes;
  if (offset_) return mapped_numbers(mapped_, *offset_, shape_, code_);
  constexpr int64_t kSmall = int64_t{64} << 20;
  if (bytes > kSmall && bytes / kDeflateRatio > handles_->stored_bytes)
    throw wrong("at most " + std::to_string(kDeflateRatio) + " times the " + std::to_string(handles_->stored_bytes) +
                    " bytes stored",
                std::to_string(bytes) + " bytes", "the dataset was never filled, or the file is not complete");
  return block(std::vector<int64_t>(shape_.size(), 0), shape_);
}

std::vector<std::string> Hdf5Dataset::texts() const {
  if (!text_) throw wrong("text", "numbers");
  const auto lock = hdf5::entered();
  const int64_t count = element_count(shape_, path_, "dataset '" + name_ + "'");
  if (count > handles_->stored_bytes) throw wrong("stored in the file", std::to_string(count) + " strings in " + std::to_string(handles_->stored_bytes) + " bytes");
  std::vector<std::string> texts;
  if (count == 0) return texts;
  if (H5Tis_variable_str(handles_->type) > 0) {
    std::vector<char*> pointers(static_cast<size_t>(count), nullptr);
    const Id space(H5Dget_space(handles_->dataset), H5Sclose);
    if (H5Dread(handles_->dataset, handles_->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0)
      throw wrong("readable", "damaged: " + reason());
    for (const char* text : pointers) texts.emplace_back(text ? text : "");
    H5Dvlen_reclaim(handles_->type, space, H5P_DEFAULT, pointers.data());
    return texts;
  }
  const size_t width = H5Tget_size(handles_->type);
  std::vector<char> bytes(width * static_cast<size_t>(count));
  if (H5Dread(handles_->dataset, handles_->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0)
    throw wrong("readable", "damaged: " + reason());
  for (int64_t i = 0; i < count; ++i) {
    const char* text = bytes.data() + static_cast<size_t>(i) * width;
    texts.emplace_back(text, ::strnlen(text, width));
  }
  return texts;
}

std::string Hdf5Dataset::attribute(const std::string& name) const {
  const auto lock = hdf5::entered();
  if (H5Aexists(handles_->dataset, name.c_str()) <= 0) return H5Eclear2(H5E_DEFAULT), "";
  const Id attribute(H5Aopen(handles_->dataset, name.c_str(), H5P_DEFAULT), H5Aclose);
  const Id type(H5Aget_type(attribute), H5Tclose);
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0 || H5Tget_size(type) > 4096) return "";
  const Id space(H5Aget_space(attribute), H5Sclose);
  if (H5Sget_simple_extent_npoints(space) != 1) return "";
  std::vector<char> bytes(H5Tget_size(type) + 1, 0);
  if (H5Aread(attribute, type, bytes.data()) < 0) return H5Eclear2(H5E_DEFAULT), "";
  return bytes.data();
}

}  // namespace bgraph

#include <bgraph/sdk/data/hdf5_file.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/wrong_file.h>

#include <ATen/ops/empty.h>
#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>

namespace bgraph {

namespace {

/// An HDF5 identifier that closes itself.
class Id {
 public:
  Id() = default;
  Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Id() {
    if (id_ >= 0 && close_) close_(id_);
  }
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Id& operator=(Id&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  operator hid_t() const { return id_; }  // NOLINT: what every HDF5 call takes
  bool valid() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

/// The innermost reason on HDF5's own stack, which is then empty.
std::string reason() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD,
           [](unsigned, const H5E_error2_t* entry, void* out) -> herr_t {
             auto& first = *static_cast<std::string*>(out);
             if (first.empty() && entry->desc) first = entry->desc;
             return 0;
           },
           &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "no reason given" : text;
}

bool is_half(hid_t type) {
  size_t sign = 0, exponent = 0, exponent_size = 0, mantissa = 0, mantissa_size = 0;
  H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa, &mantissa_size);
  return exponent_size == 5 && mantissa_size == 10;
}

/// What the numbers of a type are read as: the machine's own order, whatever is on disk. {} if they are no numbers.
std::optional<NumberCode> code_of(hid_t type) {
  const auto kind = H5Tget_class(type);
  const auto bytes = static_cast<int>(H5Tget_size(type));
  if (kind == H5T_FLOAT && bytes == 2 && is_half(type)) return NumberCode{'f', 2};
  if (kind == H5T_FLOAT && (bytes == 4 || bytes == 8)) return NumberCode{'f', bytes};
  const bool known_width = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
  if (kind == H5T_INTEGER && known_width) return NumberCode{H5Tget_sign(type) == H5T_SGN_NONE ? 'u' : 'i', bytes};
  if (kind == H5T_ENUM && bytes == 1) return NumberCode{'b', 1};  // h5py's bool
  return std::nullopt;
}

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

std::vector<int64_t> dims_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> dims(static_cast<size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

std::vector<hsize_t> unsigned_sizes(const std::vector<int64_t>& sizes) { return {sizes.begin(), sizes.end()}; }

constexpr size_t kCacheBytes = size_t{256} << 20;  // most a chunk cache may take
constexpr int64_t kDeflateRatio = 1032;            // deflate can do no better

}  // namespace

struct Hdf5Dataset::Handles {
  std::shared_ptr<void> file;
  Id dataset, type;
  int64_t stored_bytes = 0;
};

Error Hdf5Dataset::wrong(const std::string& expected, const std::string& found, std::string fix) const {
  return wrong_file(path_, "dataset '" + name_ + "'", expected, found, std::move(fix));
}

Hdf5File::Hdf5File(const std::string& path) : path_(path) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // its stack becomes our message
  const MappedFile there(path);                 // says what is wrong with a file that is missing or no file
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) {
    H5Eclear2(H5E_DEFAULT);
    throw wrong_file(path, "file", "HDF5", there.bytes().empty() ? "empty" : "no complete HDF5 file",
                     "is it complete? MATLAB files are HDF5 only when saved with -v7.3");
  }
  file_ = std::shared_ptr<void>(new Id(file, H5Fclose), [](void* id) { delete static_cast<Id*>(id); });
}

namespace {

hid_t id_of(const std::shared_ptr<void>& file) { return *static_cast<const Id*>(file.get()); }

/// Every step of the path exists, and none leads out of the file.
bool link_exists(hid_t file, const std::string& path, const std::string& name) {
  for (size_t slash = name.find('/', 1);; slash = name.find('/', slash + 1)) {
    const std::string part = name.substr(0, slash);
    if (!part.empty() && part != "/") {
      if (H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0) return H5Eclear2(H5E_DEFAULT), false;
      H5L_info_t info;
      if (H5Lget_info(file, part.c_str(), &info, H5P_DEFAULT) < 0) return H5Eclear2(H5E_DEFAULT), false;
      if (info.type == H5L_TYPE_EXTERNAL)
        throw wrong_file(path, "'" + part + "'", "data inside the file", "a link to another file",
                         "copy the data into one file");
    }
    if (slash == std::string::npos) return true;
  }
}

}  // namespace

bool Hdf5File::holds(const std::string& name) const {
  if (!link_exists(id_of(file_), path_, name)) return false;
  const Id object(H5Oopen(id_of(file_), name.c_str(), H5P_DEFAULT), H5Oclose);
  const bool dataset = object.valid() && H5Iget_type(object) == H5I_DATASET;
  H5Eclear2(H5E_DEFAULT);
  return dataset;
}

std::vector<std::string> Hdf5File::datasets() const {
  std::vector<std::string> names;
  H5Lvisit(id_of(file_), H5_INDEX_NAME, H5_ITER_INC,
           [](hid_t group, const char* name, const H5L_info_t* info, void* out) -> herr_t {
             auto& found = *static_cast<std::vector<std::string>*>(out);
             if (info->type != H5L_TYPE_HARD) return 0;
             const Id object(H5Oopen(group, name, H5P_DEFAULT), H5Oclose);
             if (object.valid() && H5Iget_type(object) == H5I_DATASET) found.emplace_back(name);
             return found.size() < 10000 ? 0 : 1;
           },
           &names);
  H5Eclear2(H5E_DEFAULT);
  return names;
}

Hdf5Dataset Hdf5File::dataset(const std::string& name) const {
  if (!holds(name)) {
    const auto known = datasets();
    std::string all;
    for (size_t i = 0; i < known.size() && i < 12; ++i) all += (all.empty() ? "'" : ", '") + known[i] + "'";
    throw Error(printable(path_) + " has no dataset '" + name + "'; it holds " +
                    (all.empty() ? "none" : printable(all) + (known.size() > 12 ? ", ..." : "")),
                did_you_mean(name, known));
  }
  Hdf5Dataset set;
  set.path_ = path_, set.name_ = name;
  set.handles_ = std::make_shared<Hdf5Dataset::Handles>();
  set.handles_->file = file_;
  const Id plain(H5Dopen2(id_of(file_), name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!plain.valid()) throw set.wrong("readable", "damaged: " + reason());
  const Id space(H5Dget_space(plain), H5Sclose), creation(H5Dget_create_plist(plain), H5Pclose);
  set.handles_->type = Id(H5Dget_type(plain), H5Tclose);
  set.shape_ = dims_of(space);
  element_count(set.shape_, path_, "dataset '" + name + "'");
  if (H5Pget_external_count(creation) > 0 || H5Pget_layout(creation) == H5D_VIRTUAL)
    throw set.wrong("data inside the file", "stored in other files", "copy the data into one file");
  set.text_ = H5Tget_class(set.handles_->type) == H5T_STRING;
  if (const auto code = code_of(set.handles_->type)) set.code_ = *code;
  else if (!set.text_) throw set.wrong("numbers or text", "of another class (compound, reference or opaque)");
  set.handles_->stored_bytes = static_cast<int64_t>(H5Dget_storage_size(plain));

  // A cache that holds all chunks a row touches, or the default 1 MiB is thrown away before its chunk is used again.
  const Id access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  if (H5Pget_layout(creation) == H5D_CHUNKED && !set.shape_.empty()) {
    std::vector<hsize_t> chunk(set.shape_.size());
    H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    set.chunk_.assign(chunk.begin(), chunk.end());
    double band = static_cast<double>(H5Tget_size(set.handles_->type));
    for (size_t d = 0; d < chunk.size(); ++d)
      band *= d == 0 ? static_cast<double>(chunk[0]) : static_cast<double>(set.shape_[d] + set.chunk_[d]);
    const auto bytes = static_cast<size_t>(std::clamp(band, 1048576.0, static_cast<double>(kCacheBytes)));
    H5Pset_chunk_cache(access, 100003, bytes, 1.0);
  } else if (!set.text_) {
    // Contiguous numbers lie in the file as in memory: they are mapped.
    const haddr_t offset = H5Dget_offset(plain);
    const auto order = H5Tget_order(set.handles_->type);
    if (offset != HADDR_UNDEF) {
      set.code_.big_endian = order == H5T_ORDER_BE;
      set.mapped_ = std::make_shared<MappedFile>(path_);
      const auto bytes = element_count(set.shape_, path_, name) * set.code_.bytes;
      if (offset > set.mapped_->bytes().size() || static_cast<size_t>(bytes) > set.mapped_->bytes().size() - offset)
        throw set.wrong("inside the file", std::to_string(bytes) + " bytes at " + std::to_string(offset) + " of " +
                                               std::to_string(set.mapped_->bytes().size()),
                        "the file is not complete; fetch it again");
      set.offset_ = offset;
    }
  }
  H5Eclear2(H5E_DEFAULT);
  set.handles_->dataset = Id(H5Dopen2(id_of(file_), name.c_str(), access), H5Dclose);
  if (!set.handles_->dataset.valid()) throw set.wrong("readable", "damaged: " + reason());
  return set;
}

at::Tensor Hdf5Dataset::block(const std::vector<int64_t>& begin, const std::vector<int64_t>& count) const {
  if (text_) throw wrong("numbers", "text");
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

at::Tensor Hdf5Dataset::rows(std::span<const int64_t> index) const {
  if (shape_.empty()) throw wrong("rows", "a single number");
  for (const int64_t row : index)
    if (row < 0 || row >= shape_[0])
      throw wrong("at least " + std::to_string(row + 1) + " rows", std::to_string(shape_[0]));
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

std::vector<std::string> Hdf5Dataset::texts() const {
  if (!text_) throw wrong("text", "numbers");
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

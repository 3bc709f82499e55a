#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/wrong_file.h>

#include "hdf5_handles.hpp"

#include <algorithm>

namespace bgraph {

using hdf5::Id;

std::unique_lock<std::recursive_mutex> hdf5::entered() {
  static std::recursive_mutex library;
  std::unique_lock lock(library);
  thread_local const herr_t silent = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // each thread's stack becomes our message
  static_cast<void>(silent);
  return lock;
}

std::string hdf5::reason() {
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

namespace {

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

std::vector<int64_t> dims_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> dims(static_cast<size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

constexpr size_t kCacheBytes = size_t{256} << 20;  // most a chunk cache may take

}  // namespace

Hdf5File::Hdf5File(const std::string& path) : path_(path) {
  const auto lock = hdf5::entered();
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

/// Bytes of somebody else before the file proper: not every release of HDF5 counts chunk addresses from the same place then.
bool has_user_block(hid_t file) {
  const Id creation(H5Fget_create_plist(file), H5Pclose);
  hsize_t bytes = 0;
  return H5Pget_userblock(creation, &bytes) < 0 || bytes > 0;
}

/// True if the filters are none, shuffle, deflate, or these two in this order: what hdf5_chunks.cpp undoes.
bool only_ours(hid_t creation, bool& shuffled, bool& deflated) {
  for (int filter = 0; filter < H5Pget_nfilters(creation); ++filter) {
    unsigned flags = 0, settings = 0;
    size_t no_settings = 0;
    const H5Z_filter_t kind = H5Pget_filter2(creation, static_cast<unsigned>(filter), &flags, &no_settings, nullptr, 0, nullptr, &settings);
    if (kind == H5Z_FILTER_SHUFFLE && !shuffled && !deflated)
      shuffled = true;
    else if (kind == H5Z_FILTER_DEFLATE && !deflated)
      deflated = true;
    else
      return false;
  }
  return true;
}

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
  const auto lock = hdf5::entered();
  if (!link_exists(id_of(file_), path_, name)) return false;
  const Id object(H5Oopen(id_of(file_), name.c_str(), H5P_DEFAULT), H5Oclose);
  const bool dataset = object.valid() && H5Iget_type(object) == H5I_DATASET;
  H5Eclear2(H5E_DEFAULT);
  return dataset;
}

std::vector<std::string> Hdf5File::datasets() const {
  const auto lock = hdf5::entered();
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

std::vector<std::string> Hdf5File::referred(const std::string& name) const {
  const auto lock = hdf5::entered();
  constexpr int64_t kMost = 10000;
  const auto wrong = [&](const std::string& found) { return wrong_file(path_, "'" + name + "'", "references to datasets", found); };
  if (!holds(name)) throw wrong("not there");
  const Id set(H5Dopen2(id_of(file_), name.c_str(), H5P_DEFAULT), H5Dclose), type(H5Dget_type(set), H5Tclose), space(H5Dget_space(set), H5Sclose);
  if (H5Tequal(type, H5T_STD_REF_OBJ) <= 0) throw wrong("of another class");
  const int64_t count = element_count(dims_of(space), path_, "'" + name + "'");
  if (count > kMost) throw wrong(std::to_string(count) + " of them");
  std::vector<hobj_ref_t> references(static_cast<size_t>(count));
  if (H5Dread(set, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, references.data()) < 0) throw wrong("damaged: " + hdf5::reason());
  std::vector<std::string> paths;
  for (const hobj_ref_t& reference : references) {
    char path[256] = {};
    const ssize_t length = H5Rget_name(set, H5R_OBJECT, &reference, path, sizeof path);
    if (length < 2 || length >= static_cast<ssize_t>(sizeof path) || !holds(path + 1)) {
      H5Eclear2(H5E_DEFAULT);
      throw wrong("one that leads nowhere");
    }
    paths.emplace_back(path + 1);
  }
  return paths;
}

Hdf5Dataset Hdf5File::dataset(const std::string& name) const {
  const auto lock = hdf5::entered();
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
  if (!plain.valid()) throw set.wrong("readable", "damaged: " + hdf5::reason());
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
    auto& chunks = set.handles_->chunks;
    if (set.shape_.size() == 2 && !set.text_ && !has_user_block(id_of(file_)) && only_ours(creation, chunks.shuffled, chunks.deflated))
      chunks.file = std::make_shared<MappedFile>(path_);
    else
      set.cached_bytes_ = static_cast<int64_t>(bytes);
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
  if (!set.handles_->dataset.valid()) throw set.wrong("readable", "damaged: " + hdf5::reason());
  return set;
}

}  // namespace bgraph

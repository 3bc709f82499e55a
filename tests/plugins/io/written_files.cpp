#include "written_files.h"

#include <bgraph/sdk/testing/catch.h>
#include <hdf5.h>
#include <matio.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <iomanip>
#include <sstream>
#include <utility>

namespace bgraph::testing {

namespace fs = std::filesystem;

namespace {

template <class T>
void put(std::string& out, T value, bool big = false) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  if (big) std::reverse(bytes, bytes + sizeof(T));
  out.append(bytes, sizeof(T));
}

template <class T>
void place(std::string& out, size_t at, T value) {
  std::memcpy(out.data() + at, &value, sizeof(T));
}

std::string raw(const at::Tensor& array) {
  const at::Tensor whole = array.contiguous();
  return {static_cast<const char*>(whole.data_ptr()), whole.nbytes()};
}

}  // namespace

std::string ScratchFolder::file(const std::string& name) const {
  fs::create_directories((path / name).parent_path());
  return (path / name).string();
}

void write_text(const std::string& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

std::string file_bytes(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string npy_bytes(const at::Tensor& array) {
  const char* code = array.scalar_type() == at::kFloat ? "<f4" : array.scalar_type() == at::kDouble ? "<f8" : array.scalar_type() == at::kHalf ? "<f2"
                   : array.scalar_type() == at::kLong ? "<i8" : array.scalar_type() == at::kBool ? "|b1" : "|u1";
  std::string shape;
  for (const int64_t size : array.sizes()) shape += std::to_string(size) + ", ";
  std::string header = std::string("{'descr': '") + code + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(64 - (10 + header.size() + 1) % 64, ' ') += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  put(out, static_cast<uint16_t>(header.size()));
  return out + header + raw(array);
}

std::string mgh_bytes(const at::Tensor& frames) {
  std::string out;
  for (const int32_t number : {1, static_cast<int>(frames.size(1)), 1, 1, static_cast<int>(frames.size(0)), 3, 0}) put(out, number, true);
  out.resize(284, '\0');
  const at::Tensor values = frames.to(at::kFloat).contiguous();
  for (int64_t i = 0; i < values.numel(); ++i) put(out, values.data_ptr<float>()[i], true);
  return out;
}

std::string nifti_bytes(const at::Tensor& volumes, float slope) {
  std::string out(352, '\0');
  place(out, 0, int32_t{348});
  place(out, 40, static_cast<int16_t>(volumes.dim()));
  for (int64_t d = 0; d < 7; ++d)
    place(out, static_cast<size_t>(42 + 2 * d), static_cast<int16_t>(d < volumes.dim() ? volumes.size(volumes.dim() - 1 - d) : 1));
  const bool whole = volumes.scalar_type() == at::kShort;
  place(out, 70, static_cast<int16_t>(whole ? 4 : 16));
  place(out, 72, static_cast<int16_t>(whole ? 16 : 32));
  for (size_t d = 0; d < 4; ++d) place(out, 76 + 4 * d, 1.0f);
  place(out, 108, 352.0f);
  place(out, 112, slope);
  std::memcpy(out.data() + 344, "n+1", 4);
  return out + raw(volumes);
}

std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string npz_bytes(std::vector<std::pair<std::string, std::string>> members, bool deflate_them) {
  for (auto& [name, content] : members) name += ".npy";
  return zip_bytes(members, deflate_them);
}

std::string zip_bytes(const std::vector<std::pair<std::string, std::string>>& members, bool deflate_them) {
  std::string out, directory;
  for (const auto& [file, content] : members) {
    std::string packed = content;
    if (deflate_them) packed = gzipped(content), packed = packed.substr(10, packed.size() - 18);  // gzip = 10 bytes, raw deflate, 8 bytes
    const auto crc = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
    const auto offset = static_cast<uint64_t>(out.size());
    // Local header with placeholders and a ZIP64 field, as numpy.savez writes it even for small arrays.
    put(out, uint32_t{0x04034b50}), put(out, uint16_t{45}), put(out, uint16_t{0}), put(out, static_cast<uint16_t>(deflate_them ? 8 : 0));
    put(out, uint32_t{0}), put(out, crc), put(out, uint32_t{0xFFFFFFFF}), put(out, uint32_t{0xFFFFFFFF});
    put(out, static_cast<uint16_t>(file.size())), put(out, uint16_t{20});
    out += file;
    put(out, uint16_t{1}), put(out, uint16_t{16}), put(out, static_cast<uint64_t>(content.size())), put(out, static_cast<uint64_t>(packed.size()));
    out += packed;
    // Directory entry whose sizes and offset stand in its own ZIP64 field, as beyond 4 GiB.
    put(directory, uint32_t{0x02014b50}), put(directory, uint16_t{45}), put(directory, uint16_t{45}), put(directory, uint16_t{0});
    put(directory, static_cast<uint16_t>(deflate_them ? 8 : 0)), put(directory, uint32_t{0}), put(directory, crc);
    put(directory, uint32_t{0xFFFFFFFF}), put(directory, uint32_t{0xFFFFFFFF}), put(directory, static_cast<uint16_t>(file.size()));
    put(directory, uint16_t{28}), put(directory, uint16_t{0}), put(directory, uint16_t{0}), put(directory, uint16_t{0}), put(directory, uint32_t{0});
    put(directory, uint32_t{0xFFFFFFFF});
    directory += file;
    put(directory, uint16_t{1}), put(directory, uint16_t{24});
    put(directory, static_cast<uint64_t>(content.size())), put(directory, static_cast<uint64_t>(packed.size())), put(directory, offset);
  }
  const auto begin = static_cast<uint64_t>(out.size());
  out += directory;
  const auto record = static_cast<uint64_t>(out.size());
  put(out, uint32_t{0x06064b50}), put(out, uint64_t{44}), put(out, uint16_t{45}), put(out, uint16_t{45}), put(out, uint32_t{0}), put(out, uint32_t{0});
  put(out, static_cast<uint64_t>(members.size())), put(out, static_cast<uint64_t>(members.size())), put(out, static_cast<uint64_t>(directory.size())), put(out, begin);
  put(out, uint32_t{0x07064b50}), put(out, uint32_t{0}), put(out, record), put(out, uint32_t{1});
  put(out, uint32_t{0x06054b50}), put(out, uint32_t{0}), put(out, uint16_t{0xFFFF}), put(out, uint16_t{0xFFFF});
  put(out, uint32_t{0xFFFFFFFF}), put(out, uint32_t{0xFFFFFFFF}), put(out, uint16_t{0});
  return out;
}

std::string annot_bytes(const std::vector<int>& row_of_vertex, const std::vector<std::string>& names) {
  std::string out;
  const auto colour = [](int row) { return row < 0 ? 0 : 17 + row * 5 + 256 * (3 + row) + 65536 * 9; };
  put(out, static_cast<int32_t>(row_of_vertex.size()), true);
  for (size_t i = row_of_vertex.size(); i-- > 0;) put(out, static_cast<int32_t>(i), true), put(out, colour(row_of_vertex[i]), true);  // in any order
  put(out, int32_t{1}, true), put(out, int32_t{-2}, true), put(out, static_cast<int32_t>(names.size()), true), put(out, int32_t{5}, true);
  out += std::string("path\0", 5);
  put(out, static_cast<int32_t>(names.size()), true);
  for (size_t row = 0; row < names.size(); ++row) {
    put(out, static_cast<int32_t>(row), true), put(out, static_cast<int32_t>(names[row].size() + 1), true);
    out += names[row] + '\0';
    const int code = colour(static_cast<int>(row));
    for (const int channel : {code & 255, code >> 8 & 255, code >> 16 & 255, 0}) put(out, channel, true);
  }
  return out;
}

std::string tar_entry(const std::string& name, const std::string& content, char kind) {
  std::string header(512, '\0');
  const auto put_text = [&](size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  std::ostringstream size, total;
  size << std::oct << std::setw(11) << std::setfill('0') << content.size();
  put_text(0, name.substr(0, 100)), put_text(124, size.str()), put_text(148, std::string(8, ' ')), put_text(156, std::string(1, kind)), put_text(257, "ustar");
  uint64_t sum = 0;
  for (const char c : header) sum += static_cast<uint8_t>(c);
  total << std::oct << std::setw(6) << std::setfill('0') << sum;
  put_text(148, total.str() + std::string(1, '\0'));
  return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}

void write_hdf5(const std::string& file, const std::string& dataset, const at::Tensor& array, const std::vector<int64_t>& chunk, bool deflate_it) {
  const hid_t type = array.scalar_type() == at::kShort ? H5T_STD_I16LE : array.scalar_type() == at::kByte ? H5T_STD_U8LE : array.scalar_type() == at::kDouble ? H5T_IEEE_F64LE
                   : array.scalar_type() == at::kLong ? H5T_STD_I64LE : H5T_IEEE_F32LE;
  const hid_t out = fs::exists(file) ? H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT) : H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(out >= 0);
  const std::vector<hsize_t> sizes(array.sizes().begin(), array.sizes().end()), pieces(chunk.begin(), chunk.end());
  const hid_t space = H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
  if (!pieces.empty()) H5Pset_chunk(creation, static_cast<int>(pieces.size()), pieces.data());
  if (deflate_it) H5Pset_shuffle(creation), H5Pset_deflate(creation, 1);
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t set = H5Dcreate2(out, dataset.c_str(), type, space, links, creation, H5P_DEFAULT);
  REQUIRE(set >= 0);
  const at::Tensor whole = array.contiguous();
  REQUIRE(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, whole.data_ptr()) >= 0);
  H5Dclose(set), H5Pclose(links), H5Pclose(creation), H5Sclose(space), H5Fclose(out);
}

void write_hdf5_texts(const std::string& file, const std::string& dataset, const std::vector<const char*>& texts) {
  const hid_t out = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  const hsize_t count = texts.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr), links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t set = H5Dcreate2(out, dataset.c_str(), type, space, links, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()) >= 0);
  H5Dclose(set), H5Pclose(links), H5Sclose(space), H5Tclose(type), H5Fclose(out);
}

namespace {

/// One dataset under #refs# per entry: write(file, path, i), then the references to them.
void write_cell(const std::string& file, const std::string& dataset, size_t count, hid_t type, const std::function<std::pair<std::vector<hsize_t>, const void*>(size_t)>& entry, const char* kind) {
  const hid_t out = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), links = H5Pcreate(H5P_LINK_CREATE);
  REQUIRE(out >= 0);
  H5Pset_create_intermediate_group(links, 1);
  std::vector<hobj_ref_t> references(count);
  for (size_t i = 0; i < count; ++i) {
    const auto [size, data] = entry(i);
    std::string path = "#refs#/" + dataset + std::to_string(i);
    std::replace(path.begin() + 7, path.end(), '/', '_');
    const hid_t space = H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), set = H5Dcreate2(out, path.c_str(), type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    const hid_t word = H5Tcopy(H5T_C_S1), scalar = H5Screate(H5S_SCALAR);
    H5Tset_size(word, std::strlen(kind));
    const hid_t attribute = H5Acreate2(set, "MATLAB_class", word, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, word, kind);
    H5Aclose(attribute), H5Sclose(scalar), H5Tclose(word), H5Dclose(set), H5Sclose(space);
    H5Rcreate(&references[i], out, path.c_str(), H5R_OBJECT, -1);
  }
  const hsize_t size[2] = {count, 1};
  const hid_t space = H5Screate_simple(2, size, nullptr), set = H5Dcreate2(out, dataset.c_str(), H5T_STD_REF_OBJ, space, links, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(H5Dwrite(set, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, references.data()) >= 0);
  H5Dclose(set), H5Sclose(space), H5Pclose(links), H5Fclose(out);
}

}  // namespace

void write_hdf5_cell(const std::string& file, const std::string& dataset, const std::vector<at::Tensor>& arrays) {
  write_cell(file, dataset, arrays.size(), H5T_IEEE_F64LE,
             [&](size_t i) { return std::pair(std::vector<hsize_t>{1, static_cast<hsize_t>(arrays[i].numel())}, static_cast<const void*>(arrays[i].data_ptr<double>())); }, "double");
}

void write_hdf5_cell(const std::string& file, const std::string& dataset, const std::vector<std::string>& texts) {
  std::vector<std::vector<uint16_t>> codes;
  for (const auto& text : texts) codes.emplace_back(text.begin(), text.end());
  write_cell(file, dataset, texts.size(), H5T_STD_U16LE,
             [&](size_t i) { return std::pair(std::vector<hsize_t>{codes[i].size(), 1}, static_cast<const void*>(codes[i].data())); }, "char");
}

void write_mat(const std::string& file, const std::vector<MatVariable>& variables) {
  mat_t* out = Mat_CreateVer(file.c_str(), nullptr, MAT_FT_MAT5);
  REQUIRE(out);
  for (const auto& [name, array] : variables) {
    std::vector<int64_t> order(static_cast<size_t>(array.dim()));
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(order.size() - 1 - i);
    const at::Tensor columns_first = array.to(at::kDouble).permute(order).contiguous();
    std::vector<size_t> sizes(array.sizes().begin(), array.sizes().end());
    matvar_t* variable = Mat_VarCreate(name.c_str(), MAT_C_DOUBLE, MAT_T_DOUBLE, static_cast<int>(sizes.size()), sizes.data(), columns_first.data_ptr(), 0);
    Mat_VarWrite(out, variable, MAT_COMPRESSION_ZLIB);
    Mat_VarFree(variable);
  }
  Mat_Close(out);
}

}  // namespace bgraph::testing

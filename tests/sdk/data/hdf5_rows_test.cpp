// Rows of HDF5 matrices in any order: every layout gives what the plain copy gives.
#include <bgraph/sdk/data/array_ref.h>
#include <bgraph/sdk/data/hdf5_file.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <hdf5.h>
#include <unistd.h>

#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace bgraph;

namespace {

struct Layout {
  std::vector<hsize_t> chunk;  // empty = contiguous
  bool deflate = false;
  hid_t type = H5T_IEEE_F32LE;
  hsize_t user_block = 0;
  hsize_t written = 7;  // rows that are written, of 7
  bool shuffle = false, checksum = false;
};

struct Matrix {
  std::filesystem::path file = std::filesystem::temp_directory_path() / ("bgraph_rows_" + std::to_string(::getpid()) + ".h5");
  at::Tensor numbers = Rng(4, "hdf5_rows_test", "numbers", 0, 0).integers(200, {7, 11}).to(at::kFloat);

  explicit Matrix(const Layout& layout) {
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE), options = H5Pcreate(H5P_DATASET_CREATE);
    if (layout.user_block > 0) H5Pset_userblock(creation, layout.user_block);
    const hid_t out = H5Fcreate(file.c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    REQUIRE(out >= 0);
    const hsize_t size[2] = {7, 11};
    const hid_t space = H5Screate_simple(2, size, nullptr), part = H5Screate_simple(2, size, nullptr);
    if (!layout.chunk.empty()) H5Pset_chunk(options, 2, layout.chunk.data());
    if (layout.shuffle) H5Pset_shuffle(options);
    if (layout.deflate) H5Pset_deflate(options, 1);
    if (layout.checksum) H5Pset_fletcher32(options);
    const hid_t set = H5Dcreate2(out, "betas", layout.type, space, H5P_DEFAULT, options, H5P_DEFAULT);
    const hsize_t start[2] = {0, 0}, count[2] = {layout.written, 11};
    H5Sselect_hyperslab(part, H5S_SELECT_SET, start, nullptr, count, nullptr);
    REQUIRE(H5Dwrite(set, H5T_NATIVE_FLOAT, part, part, H5P_DEFAULT, numbers.data_ptr()) >= 0);
    numbers.slice(0, static_cast<int64_t>(layout.written)).zero_();  // what was never written is 0
    H5Dclose(set), H5Sclose(part), H5Sclose(space), H5Fclose(out), H5Pclose(options), H5Pclose(creation);
  }
  ~Matrix() { std::filesystem::remove(file); }
};

const std::vector<std::pair<const char*, Layout>>& layouts() {
  static const std::vector<std::pair<const char*, Layout>> all = {
      {"contiguous", {}}, {"whole rows", {.chunk = {2, 11}}}, {"columns cut", {.chunk = {3, 4}}}, {"single rows", {.chunk = {1, 11}}},
      {"deflated", {.chunk = {2, 5}, .deflate = true}}, {"shuffled and deflated", {.chunk = {2, 5}, .deflate = true, .shuffle = true}},
      {"shuffled", {.chunk = {3, 4}, .type = H5T_IEEE_F64LE, .shuffle = true}}, {"int16, shuffled and deflated", {.chunk = {3, 11}, .deflate = true, .type = H5T_STD_I16LE, .shuffle = true}},
      {"bytes, shuffled and deflated", {.chunk = {3, 4}, .deflate = true, .type = H5T_STD_U8LE, .shuffle = true}},
      {"big-endian, shuffled and deflated", {.chunk = {3, 4}, .deflate = true, .type = H5T_IEEE_F32BE, .shuffle = true}},
      {"with a filter that is left to HDF5", {.chunk = {3, 4}, .deflate = true, .checksum = true}},
      {"half written, deflated", {.chunk = {2, 4}, .deflate = true, .written = 3, .shuffle = true}}, {"big-endian", {.chunk = {3, 4}, .type = H5T_IEEE_F64BE}}, {"int16", {.chunk = {2, 6}, .type = H5T_STD_I16LE}},
      {"uint16", {.chunk = {2, 6}, .type = H5T_STD_U16LE}}, {"behind a user block", {.chunk = {3, 4}, .user_block = 512}},
      {"half written", {.chunk = {2, 4}, .written = 3}}};
  return all;
}

}  // namespace

TEST_CASE("rows of an HDF5 matrix are the same from every layout, in any order and with repeats", "[sdk][hdf5_file]") {
  for (const auto& [name, layout] : layouts()) {
    INFO(name);
    const Matrix matrix(layout);
    const auto set = Hdf5File(matrix.file.string()).dataset("betas");
    for (const std::vector<int64_t>& rows : {std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6}, {6, 0, 3, 3, 2}, {5}, {1, 4}, {}}) {
      const at::Tensor index = at::tensor(rows, at::kLong);
      CHECK(set.rows(rows).to(at::kFloat).equal(matrix.numbers.index_select(0, index)));
      CHECK(set.rows(rows).to(at::kFloat).equal(matrix.numbers.index_select(0, index)));  // chunks are known by now
    }
    CHECK(set.read().to(at::kFloat).equal(matrix.numbers));
    CHECK_THROWS_WITH(set.rows(std::vector<int64_t>{7}), Catch::Matchers::ContainsSubstring("at least 8 rows"));
  }
}

TEST_CASE("a deflated chunk that is damaged is named, and threads do not change what is read", "[sdk][hdf5_file]") {
  const Matrix matrix({.chunk = {2, 5}, .deflate = true, .shuffle = true});
  const std::vector<int64_t> rows = {6, 0, 3, 3, 2};
  const int threads = at::get_num_threads();
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    CHECK(Hdf5File(matrix.file.string()).dataset("betas").rows(rows).equal(matrix.numbers.index_select(0, at::tensor(rows, at::kLong))));
  }
  at::set_num_threads(threads);
  // Every chunk begins with zlib's two bytes, 78 01 at this level: the last one is spoilt.
  std::fstream file(matrix.file, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const size_t chunk = bytes.rfind("\x78\x01");
  REQUIRE(chunk != std::string::npos);
  file.clear(), file.seekp(static_cast<std::streamoff>(chunk)), file.write("????", 4), file.close();
  CHECK_THROWS_WITH(Hdf5File(matrix.file.string()).dataset("betas").rows(std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6}),
                    Catch::Matchers::ContainsSubstring("damaged"));
}

TEST_CASE("wanted columns of wanted rows are gathered alike, side by side or apart", "[sdk][array_ref]") {
  for (const auto& [name, layout] : layouts()) {
    INFO(name);
    const Matrix matrix(layout);
    const auto set = Hdf5File(matrix.file.string()).dataset("betas");
    const ArrayRows rows({.path = matrix.file.string(), .content = "", .dataset = "betas", .offset = 0, .code = set.code(), .shape = set.shape(), .scale = 0.5});
    for (const std::vector<int64_t>& column : {std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {2, 3, 4}, {0, 5, 10}}) {
      const std::vector<int64_t> row = {4, 1, 4};
      at::Tensor out = at::zeros({3, static_cast<int64_t>(column.size())});
      rows.gather(row, column, out.data_ptr<float>(), out.size(1));
      CHECK(out.equal(matrix.numbers.index_select(0, at::tensor(row, at::kLong)).index_select(1, at::tensor(column, at::kLong)) * 0.5));
    }
  }
}

// How fast are random batches of rows from HDF5 betas, compared with what h5py does?
//
//   bench_hdf5_rows FOLDER [BATCH [BATCHES]]
//
// Writes betas of 6000 x 4000 float32 in five layouts into FOLDER and prints, for each, rows per second of ArrayRows, of one
// hyperslab per row (h5py's `betas[row]` in a loop), and of one selection that is the union of a hyperslab per row (h5py's
// `betas[rows]`, rows sorted, each once). All read the page cache. benchmarks/hdf5_rows.py times h5py itself, where it is installed.
//
// Without a filter our rows are copied out of the mapped file; HDF5 spends its time on selections and on chunks that its cache
// throws out. Contiguous rows are copied by everybody alike, so nobody is much faster there. Where chunks are deflated, inflating
// them is nearly all of the time: ours inflates on OMP_NUM_THREADS threads and puts together only the wanted rows.
#include "cost.h"

#include <bgraph/sdk/data/array_ref.h>
#include <bgraph/sdk/data/rng.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <cstdlib>

using namespace bgraph;
using bgraph::benchmarks::seconds;

namespace {

constexpr hsize_t kRows = 6000, kColumns = 4000;

struct Layout {
  const char* name;
  hsize_t chunk_rows, chunk_columns;  // 0 = contiguous
  bool deflate;
};

void write(const std::string& file, const Layout& layout) {
  const hsize_t size[2] = {kRows, kColumns}, chunk[2] = {layout.chunk_rows, layout.chunk_columns};
  const hid_t out = H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), space = H5Screate_simple(2, size, nullptr), options = H5Pcreate(H5P_DATASET_CREATE);
  if (chunk[0] > 0) H5Pset_chunk(options, 2, chunk);
  if (layout.deflate) H5Pset_shuffle(options), H5Pset_deflate(options, 1);
  const hid_t set = H5Dcreate2(out, "betas", H5T_IEEE_F32LE, space, H5P_DEFAULT, options, H5P_DEFAULT);
  const at::Tensor betas = Rng(1, "bench_hdf5_rows", "betas", 0, 0).normal({static_cast<int64_t>(kRows), static_cast<int64_t>(kColumns)}).to(at::kHalf).to(at::kFloat);
  H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, betas.data_ptr());
  H5Dclose(set), H5Pclose(options), H5Sclose(space), H5Fclose(out);
}

/// What h5py does, with HDF5's default chunk cache of 1 MiB.
class Plain {
 public:
  explicit Plain(const std::string& file)
      : file_(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)), set_(H5Dopen2(file_, "betas", H5P_DEFAULT)), space_(H5Dget_space(set_)) {}
  ~Plain() { H5Sclose(space_), H5Dclose(set_), H5Fclose(file_); }

  void loop(const std::vector<int64_t>& rows, float* out) {
    const hid_t memory = H5Screate_simple(1, &kColumns, nullptr);
    for (size_t i = 0; i < rows.size(); ++i) {
      select(rows[i], H5S_SELECT_SET);
      H5Dread(set_, H5T_NATIVE_FLOAT, memory, space_, H5P_DEFAULT, out + i * kColumns);
    }
    H5Sclose(memory);
  }
  void one_selection(std::vector<int64_t> rows, float* out) {
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    for (size_t i = 0; i < rows.size(); ++i) select(rows[i], i == 0 ? H5S_SELECT_SET : H5S_SELECT_OR);
    const hsize_t size[2] = {rows.size(), kColumns};
    const hid_t memory = H5Screate_simple(2, size, nullptr);
    H5Dread(set_, H5T_NATIVE_FLOAT, memory, space_, H5P_DEFAULT, out);
    H5Sclose(memory);
  }

 private:
  void select(int64_t row, H5S_seloper_t how) {
    const hsize_t start[2] = {static_cast<hsize_t>(row), 0}, size[2] = {1, kColumns};
    H5Sselect_hyperslab(space_, how, start, nullptr, size, nullptr);
  }
  hid_t file_, set_, space_;
};

}  // namespace

int main(int count, char** words) {
  if (count < 2) return fmt::print("bench_hdf5_rows FOLDER [BATCH [BATCHES]]\n"), 2;
  const int64_t batch = count > 2 ? std::atoll(words[2]) : 256, batches = count > 3 ? std::atoll(words[3]) : 5;
  at::Tensor out = at::empty({batch, static_cast<int64_t>(kColumns)});
  const at::Tensor all = at::arange(static_cast<int64_t>(kColumns), at::kLong);
  const std::span<const int64_t> column(all.data_ptr<int64_t>(), kColumns);
  std::vector<std::vector<int64_t>> picks;
  for (int64_t b = 0; b < batches; ++b) {
    const at::Tensor drawn = Rng(1, "bench_hdf5_rows", "rows", b, 0).integers(static_cast<int64_t>(kRows), {batch});
    picks.emplace_back(drawn.data_ptr<int64_t>(), drawn.data_ptr<int64_t>() + batch);
  }
  for (const Layout& layout : {Layout{"contiguous", 0, 0, false}, {"chunks of 50 rows", 50, kColumns, false}, {"chunks of 188 x 125", 188, 125, false},
                               {"the same, deflated", 188, 125, true}, {"chunks of 50 rows, deflated", 50, kColumns, true}}) {
    const std::string file = std::string(words[1]) + "/bench_hdf5_rows.h5";
    write(file, layout);
    const auto set = Hdf5File(file).dataset("betas");
    const ArrayRows ours({.path = file, .content = "", .dataset = "betas", .offset = 0, .code = set.code(), .shape = set.shape()});
    Plain plain(file);
    const auto each = [&](auto&& read) {
      const auto whole = [&] {
        for (const auto& rows : picks) read(rows);
      };
      whole();  // into the page cache
      return seconds(whole);
    };
    const double ours_s = each([&](const auto& rows) { ours.gather(rows, column, out.data_ptr<float>(), static_cast<int64_t>(kColumns)); });
    const double loop_s = each([&](const auto& rows) { plain.loop(rows, out.data_ptr<float>()); });
    const double one_s = each([&](const auto& rows) { plain.one_selection(rows, out.data_ptr<float>()); });
    const double rows = static_cast<double>(batch * batches);
    fmt::print("{:<28} ours {:9.0f} rows/s   row by row {:6.1f} times slower   one selection {:6.1f} times slower\n", layout.name, rows / ours_s, loop_s / ours_s, one_s / ours_s);
    std::remove(file.c_str());
  }
}

// How fast are random batches of rows from chunked HDF5 betas, compared with what h5py does?
//
//   bench_hdf5_rows FILE DATASET [BATCH [BATCHES]]
//
// Prints rows per second of ArrayRows (chunk by chunk, each once a batch), of one hyperslab per row (h5py's `betas[row]` in a
// loop), and of one selection of all rows of the batch (h5py's `betas[rows]`). The file is read once before, so that all three
// measure the page cache. benchmarks/hdf5_rows.py writes such a file and times h5py itself.
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

int main(int count, char** words) {
  if (count < 3) return fmt::print("bench_hdf5_rows FILE DATASET [BATCH [BATCHES]]\n"), 2;
  const std::string file = words[1], name = words[2];
  const int64_t batch = count > 3 ? std::atoll(words[3]) : 256, batches = count > 4 ? std::atoll(words[4]) : 10;
  const auto set = Hdf5File(file).dataset(name);
  const ArrayRef ref{.path = file, .content = "", .dataset = name, .offset = 0, .code = set.code(), .shape = set.shape()};
  const int64_t columns = ref.columns();
  const at::Tensor all = at::arange(columns, at::kLong);
  const std::span<const int64_t> column(all.data_ptr<int64_t>(), static_cast<size_t>(columns));
  at::Tensor out = at::empty({batch, columns});
  std::vector<std::vector<int64_t>> picks;
  for (int64_t b = 0; b < batches; ++b) {
    const at::Tensor drawn = Rng(1, "bench_hdf5_rows", "rows", b, 0).integers(ref.rows(), {batch});
    picks.emplace_back(drawn.data_ptr<int64_t>(), drawn.data_ptr<int64_t>() + batch);
  }
  const ArrayRows ours(ref);
  const auto by_chunk = [&] {
    for (const auto& rows : picks) ours.gather(rows, column, out.data_ptr<float>(), columns);
  };
  by_chunk();  // into the page cache
  const double ours_s = seconds(by_chunk);

  // What h5py does, with HDF5's default chunk cache of 1 MiB.
  const hid_t opened = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), dataset = H5Dopen2(opened, name.c_str(), H5P_DEFAULT), space = H5Dget_space(dataset);
  const auto width = static_cast<hsize_t>(columns);
  const auto select = [&](hsize_t row, H5S_seloper_t how) {
    const hsize_t start[2] = {row, 0}, size[2] = {1, width};
    H5Sselect_hyperslab(space, how, start, nullptr, size, nullptr);
  };
  const double loop_s = seconds([&] {
    const hid_t memory = H5Screate_simple(1, &width, nullptr);
    for (const auto& rows : picks)
      for (size_t i = 0; i < rows.size(); ++i) {
        select(static_cast<hsize_t>(rows[i]), H5S_SELECT_SET);
        H5Dread(dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, out.data_ptr<float>() + static_cast<int64_t>(i) * columns);
      }
    H5Sclose(memory);
  });
  const double fancy_s = seconds([&] {
    for (auto rows : picks) {
      std::sort(rows.begin(), rows.end());
      rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
      for (size_t i = 0; i < rows.size(); ++i) select(static_cast<hsize_t>(rows[i]), i == 0 ? H5S_SELECT_SET : H5S_SELECT_OR);
      const hsize_t size[2] = {rows.size(), width};
      const hid_t memory = H5Screate_simple(2, size, nullptr);
      H5Dread(dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, out.data_ptr());
      H5Sclose(memory);
    }
  });
  H5Sclose(space), H5Dclose(dataset), H5Fclose(opened);
  const double rows = static_cast<double>(batch * batches);
  fmt::print("{} x {}, chunks of {} rows, batches of {}\n", ref.rows(), columns, set.chunk().empty() ? 0 : set.chunk()[0], batch);
  fmt::print("chunk by chunk  {:10.0f} rows/s\n", rows / ours_s);
  fmt::print("row by row      {:10.0f} rows/s  {:.1f} times slower\n", rows / loop_s, loop_s / ours_s);
  fmt::print("one selection   {:10.0f} rows/s  {:.1f} times slower\n", rows / fancy_s, fancy_s / ours_s);
}

#include "../quiet_context.h"
#include "written_files.h"

#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Sessions of 3 trials and 5 voxels, one HDF5 file each.
struct Sessions {
  testing::ScratchFolder folder;
  testing::QuietContext ctx;
  std::vector<std::string> files;
  at::Tensor numbers;  // [3 sessions, 5]
  StoredRows rows;

  explicit Sessions(int64_t count) {
    StoredRows::Part part{.blocks = {}, .column = at::arange(5, at::kLong)};
    std::vector<at::Tensor> all;
    for (int64_t s = 0; s < count; ++s) {
      all.push_back(Rng(7, "stored_rows_test", "session", s, 0).normal({3, 5}));
      files.push_back(folder.file("session" + std::to_string(s) + ".h5"));
      testing::write_hdf5(files.back(), "betas", all.back(), s % 2 ? std::vector<int64_t>{2, 4} : std::vector<int64_t>{}, s % 4 == 1);
      part.blocks.push_back({.path = files.back(), .content = digest_file(files.back()).hex(), .dataset = "betas", .shape = {3, 5}});
    }
    numbers = at::cat(all);
    rows.parts.push_back(std::move(part));
    rows.row = at::arange(3 * count, at::kLong);
  }

  at::Tensor drawn(int64_t batch) const { return Rng(8, "stored_rows_test", "batch", batch, 0).integers(rows.row.numel(), {6}); }
};

int64_t descriptors() {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  return std::distance(begin(open), end(open));
}

}  // namespace

TEST_CASE("a file is opened once, however many batches are read from it and from rows selected of it", "[values][stored_rows]") {
  Sessions sessions(4);
  for (int64_t batch = 0; batch < 9; ++batch)
    CHECK(sessions.rows.read(sessions.ctx, sessions.drawn(batch)).equal(sessions.numbers.index_select(0, sessions.drawn(batch))));
  const at::Tensor some = at::tensor({11, 0, 5}, at::kLong), column = at::tensor({1, 4}, at::kLong);
  const StoredRows selected = sessions.rows.select(some).columns(column);
  CHECK(selected.read(sessions.ctx, at::tensor({2, 0}, at::kLong)).equal(sessions.numbers.index_select(0, at::tensor({5, 11}, at::kLong)).index_select(1, column)));
  CHECK(sessions.rows.files->opened() == 4);
}

TEST_CASE("more files than may be open are read all the same, and all are closed in the end", "[values][stored_rows]") {
  constexpr int64_t kFiles = OpenArrays::kMostFiles + 5;
  const int64_t before = descriptors();
  {
    Sessions sessions(kFiles);
    const at::Tensor all = sessions.rows.row.flip(0);
    for (int again = 0; again < 2; ++again) {
      CHECK(sessions.rows.read(sessions.ctx, all).equal(sessions.numbers.flip(0)));
      CHECK(descriptors() <= before + OpenArrays::kMostFiles);
    }
  }
  CHECK(descriptors() == before);
}

TEST_CASE("several threads read the rows that one would", "[values][stored_rows]") {
  Sessions sessions(8);
  std::vector<int> right(4, 0);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < right.size(); ++t)
    threads.emplace_back([&, t] {
      for (int64_t batch = 0; batch < 50; ++batch) {
        const at::Tensor index = sessions.drawn(100 * static_cast<int64_t>(t) + batch);
        right[t] += sessions.rows.read(sessions.ctx, index).equal(sessions.numbers.index_select(0, index));
      }
    });
  for (auto& thread : threads) thread.join();
  for (const int count : right) CHECK(count == 50);
  CHECK(sessions.rows.files->opened() == 8);
}

TEST_CASE("a file that was changed before it is opened is refused by name", "[values][stored_rows]") {
  Sessions sessions(2);
  testing::write_hdf5(sessions.files[1], "more", sessions.numbers);
  const at::Tensor first = at::tensor({2, 0}, at::kLong);
  CHECK(sessions.rows.read(sessions.ctx, first).equal(sessions.numbers.index_select(0, first)));
  CHECK_THROWS_WITH(sessions.rows.read(sessions.ctx, at::tensor({4}, at::kLong)), ContainsSubstring("session1.h5: content is another"));
}

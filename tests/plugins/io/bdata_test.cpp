// io.bdata on small files with the names, types and traps of bdpy's.
#include "written_files.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;
using testing::ScratchFolder;

namespace {

at::Tensor flags(std::vector<int64_t> values) { return at::tensor(values, at::kLong).to(at::kBool); }  // 1.13 makes no bool tensors

at::Tensor normal(const std::string& purpose, std::vector<int64_t> shape) { return Rng(9, "layouts_test", purpose, 0, 0).normal(shape); }

/// Six voxels in three regions with a statistic, two of them unknown to it; then DataType and Label.
struct Regions {
  ScratchFolder folder;
  at::Tensor data = at::arange(16, at::kDouble).reshape({2, 8}).clone();

  Regions() {
    data.select(1, 6).copy_(at::tensor({1.0, 2.0}, at::kDouble)), data.select(1, 7).copy_(at::tensor({1.0, 2.0}, at::kDouble));
    testing::write_hdf5(folder.file("S.h5"), "dataSet", data);  // the older names
    const double nan = std::nan("");
    testing::write_hdf5_texts(folder.file("S.h5"), "metaData/key", {"VoxelData", "ROI_V1", "ROI_V2", "ROI_V1-hV4", "t", "DataType", "Label"});
    testing::write_hdf5(folder.file("S.h5"), "metaData/value",
                        at::tensor({1., 1., 1., 1., 1., 1., nan, nan, 1., 1., 0., 0., nan, 0., nan, nan, 0., 1., 1., 0., 0., 0., nan, nan, 0., 0., 0., 1., 0., 2., nan, nan,
                                    0.5, 2.5, 1.5, nan, 2.5, -1., nan, nan, nan, nan, nan, nan, nan, nan, 1., nan, nan, nan, nan, nan, nan, nan, nan, 1.}, at::kDouble).reshape({7, 8}));
  }
  std::vector<int64_t> columns(const std::string& selection) const {
    testing::NodeRun run("io.bdata");
    run.set("files", folder.path.string()).set("names", {"S.h5"}).set("voxels", selection).run();
    const at::Tensor first = run.out<Betas>("train").subjects[0].betas[0];  // row 0 of the data is its column's number
    std::vector<int64_t> found;
    for (int64_t v = 0; v < first.numel(); ++v) found.push_back(first[v].item<int64_t>());
    return found;
  }
};

}  // namespace

TEST_CASE("BData: columns by metadata, DataType splits, labels are image numbers", "[io][bdata]") {
  const ScratchFolder folder;
  const std::string file = folder.file("Subject1.h5");
  at::Tensor data = normal("bdata", {4, 5}).to(at::kDouble);
  const at::Tensor kind = at::tensor({1.0, 2.0, 2.0, 3.0}, at::kDouble), label = at::tensor({1518878.005958, 1443537.022563, 1443537.022563, 1.0}, at::kDouble);
  data.select(1, 3).copy_(kind), data.select(1, 4).copy_(label);
  testing::write_hdf5(file, "dataset", data);
  const double nan = std::nan("");
  testing::write_hdf5_texts(file, "metadata/key", {"VoxelData", "ROI_V1", "voxel_x", "voxel_y", "voxel_z", "DataType", "stimulus_id"});
  testing::write_hdf5(file, "metadata/value", at::tensor({1., 1., 1., 0., 0., 0., 1., 0., nan, nan, 3., 6., 9., nan, nan, -3., 0., 3., nan, nan, 1., 1., 1., nan, nan,
                                                          nan, nan, nan, 1., nan, nan, nan, nan, nan, 1.}, at::kDouble).reshape({7, 5}));
  testing::NodeRun run("io.bdata");
  run.set("files", folder.path.string()).run();
  const auto test = run.out<Betas>("test").subjects[0];
  CHECK(run.out<Betas>("train").subjects[0].image_id[0].item<int64_t>() == 1518878005958);
  CHECK(test.image_id.equal(at::tensor({int64_t{1443537022563}, int64_t{1443537022563}}, at::kLong)));
  CHECK(test.repeat.equal(at::tensor({0, 1}, at::kLong)));
  CHECK(test.betas.equal(data.slice(0, 1, 3).slice(1, 0, 3).to(at::kFloat)));
  const auto voxels = run.out<Voxels>("voxels");
  CHECK(voxels.region("V1").equal(flags({0, 1, 0})));
  CHECK(voxels.position[1].equal(at::tensor({6.0f, 0.0f, 1.0f})));
  testing::NodeRun reliable("voxels.reliability");
  reliable.in("betas", run.out<Betas>("train"));
  CHECK_THROWS_WITH(reliable.run(), ContainsSubstring("0 images of these trials were shown twice or more"));
  testing::NodeRun by_test("voxels.reliability");
  by_test.in("betas", run.out<Betas>("test"));
  CHECK_THROWS_WITH(by_test.run(), ContainsSubstring("fits to its data, but got a value of split 'test'"));
}

TEST_CASE("BData: selections mean what bdpy's mean", "[io][bdata]") {
  const Regions file;
  using Columns = std::vector<int64_t>;
  CHECK(file.columns("ROI_V1 = 1 | ROI_V2 = 1") == Columns{0, 1, 2});
  CHECK(file.columns("ROI_V1 + ROI_V2") == Columns{0, 1, 2});
  CHECK(file.columns("ROI_V1&ROI_V2") == Columns{1});
  CHECK(file.columns("VoxelData - ROI_V1 - ROI_V2") == Columns{3, 4, 5});
  CHECK(file.columns("ROI_V1 + ROI_V2 & ROI_V2") == Columns{1, 2});            // one level, from the left
  CHECK(file.columns("ROI_V1 + (ROI_V2 & ROI_V1)") == Columns{0, 1});
  CHECK(file.columns("ROI_*") == Columns{0, 1, 2, 3});
  CHECK(file.columns("ROI_V1-hV4 = 2") == Columns{5});                         // a key with a sign in it
  CHECK(file.columns("t top 2 @ VoxelData") == Columns{1, 4});
  CHECK(file.columns("t top 1") == Columns{1});                                // 2.5 twice: the earlier
  CHECK(file.columns("t top 2 @ ROI_V1 | ROI_V2 = 1") == Columns{1, 2});       // @ binds last
  CHECK(file.columns("(t top 1 @ ROI_V1) + t = -1") == Columns{1, 5});
  CHECK(file.columns("t top 9") == Columns{0, 1, 2, 4, 5});                    // NaN is in no top
}

TEST_CASE("BData: a selection that is wrong says where, and what would be right", "[io][bdata]") {
  const Regions file;
  CHECK_THROWS_WITH(file.columns("ROI_V1 = "), ContainsSubstring("selection 'ROI_V1 = ': expected a number at letter 10, found the end"));
  CHECK_THROWS_WITH(file.columns("ROI_V1 ROI_V2"), ContainsSubstring("expected an operator: | & + - @ at letter 8, found 'ROI_V2'"));
  CHECK_THROWS_WITH(file.columns("(ROI_V1"), ContainsSubstring("expected ')' at letter 8"));
  CHECK_THROWS_WITH(file.columns("| ROI_V1"), ContainsSubstring("expected a key of the metadata at letter 1"));
  CHECK_THROWS_WITH(file.columns("ROI_V9"), ContainsSubstring("S.h5 has no metadata 'ROI_V9'"));
  CHECK_THROWS_WITH(file.columns("LOC_*"), ContainsSubstring("no key of the metadata fits 'LOC_*'"));
  CHECK_THROWS_WITH(file.columns("t top 0.5"), ContainsSubstring("a whole number above 0 behind 'top'"));
  CHECK_THROWS_WITH(file.columns("ROI_* top 3"), ContainsSubstring("one key before 'top', not 3"));
  CHECK_THROWS_WITH(file.columns("ROI_V1 = 7"), ContainsSubstring("S.h5: 'ROI_V1 = 7' selects no column"));
  CHECK_THROWS_WITH(file.columns(std::string(2000, '(')), ContainsSubstring("2000 letters, expected at most 1024"));
}

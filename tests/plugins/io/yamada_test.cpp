// io.yamada on a small file of its layout, and on the real one where it is at hand.
#include "written_files.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Two runs of 8 volumes, 3 voxels: rest, shape 2002 twice, rest, shape 2001 twice. Axes as HDF5 shows MATLAB's.
struct Small {
  testing::ScratchFolder folder;
  at::Tensor percent = Rng(8, "yamada_test", "percent", 0, 0).normal({16, 3}).to(at::kDouble);
  std::string file = folder.file("D.mat");

  Small() {
    const at::Tensor time = at::arange(8, at::kDouble) - 3.5;
    at::Tensor bold = at::zeros({16, 3}, at::kDouble);
    for (int64_t run : {0, 1}) {  // without mean and trend, so that both can be put back
      at::Tensor own = percent.slice(0, 8 * run, 8 * run + 8);
      own.sub_(own.mean(0)), own.sub_(time.unsqueeze(1) * (time.matmul(own) / time.square().sum()));
      bold.slice(0, 8 * run, 8 * run + 8).copy_(200.0 * (1.0 + 0.01 * own) + (3.0 + static_cast<double>(run)) * time.unsqueeze(1));
    }
    write(bold);
  }
  void write(const at::Tensor& bold) const {
    std::filesystem::remove(file);
    testing::write_hdf5(file, "D/data", bold.t().contiguous());
    testing::write_hdf5(file, "D/labels", at::tensor({1., 1., 2002., 2002., 2., 2001., 2001., 2., 1., 1., 2002., 2002., 2., 2001., 2001., 2.}, at::kDouble).unsqueeze(0));
    testing::write_hdf5(file, "D/inds_runs", at::tensor({1., 8., 9., 16.}, at::kDouble).reshape({2, 2}));
    testing::write_hdf5(file, "D/xyz", at::tensor({-3., 1., 2., 4., 5., 6., 0.5, 8., 9.}, at::kDouble).reshape({3, 3}));
    testing::write_hdf5(file, "P/fMRI/TR", at::tensor({2.}, at::kDouble).unsqueeze(0));
  }
};

testing::NodeRun reading(const std::string& file) {
  testing::NodeRun run("io.yamada");
  run.set("file", file).set("delay_s", 2.0);
  return run;
}

}  // namespace

TEST_CASE("a block's beta is its percent change, a volume later, without the run's trend; z-scored by the other run", "[io][yamada]") {
  const Small small;
  auto run = reading(small.file);
  run.set("held_out", 1).run();
  const auto train = run.out<Betas>("train").subjects[0], test = run.out<Betas>("test").subjects[0];
  CHECK(train.image_id.equal(at::tensor({1, 0}, at::kLong)));
  const at::Tensor square = small.percent.slice(0, 6, 8).mean(0), frame = small.percent.slice(0, 3, 5).mean(0);  // one volume later
  const at::Tensor mean = (square + frame) / 2, sd = (square - frame).abs() / 2, held = small.percent.slice(0, 11, 13).mean(0);
  CHECK(test.betas[0].to(at::kDouble).sub((held - mean) / sd).abs().max().item<double>() < 1e-4);
  CHECK(train.betas.abs().sub(1).abs().max().item<float>() < 1e-5f);  // two blocks: -1 and 1
  const auto voxels = run.out<Voxels>("voxels");
  CHECK(voxels.hemisphere.equal(at::tensor({0, 1, 1}, at::kLong)));
  CHECK(voxels.position[1].equal(at::tensor({4.0f, 5.0f, 6.0f})));
}

TEST_CASE("regions of both hemispheres go under one name, and follow the voxels that are kept", "[io][yamada]") {
  const Small small;
  CHECK(reading(small.file).run().out<Voxels>("voxels").mask_names.empty());  // a file that names none
  testing::write_hdf5_cell(small.file, "D/rois_names", std::vector<std::string>{"VOX_A1_LH_V1d", "VOX_A1_LH_V1v", "VOX_A1_RH_V1d"});
  testing::write_hdf5_cell(small.file, "D/rois_inds", std::vector<at::Tensor>{at::tensor({1.}, at::kDouble), at::tensor({1., 2.}, at::kDouble), at::tensor({3.}, at::kDouble)});
  const auto voxels = reading(small.file).run().out<Voxels>("voxels");
  CHECK(voxels.mask_names == std::vector<std::string>{"V1d", "V1v"});
  CHECK(voxels.region("V1d").nonzero().flatten().equal(at::tensor({0, 2}, at::kLong)));
  CHECK(voxels.region("V1v").nonzero().flatten().equal(at::tensor({0, 1}, at::kLong)));
  testing::write_mat(small.folder.file("kept.mat"), {{"afterOutlierVoxInd", at::tensor({3, 1}, at::kLong).unsqueeze(0)}});
  CHECK(reading(small.file).set("voxels", small.folder.file("kept.mat")).run().out<Voxels>("voxels").region("V1v").nonzero().flatten().equal(at::tensor({1}, at::kLong)));
}

TEST_CASE("wrong regions of a Yamada file are named", "[io][yamada]") {
  const Small small;
  testing::write_hdf5_cell(small.file, "D/rois_names", std::vector<std::string>{"VOX_A1_LH_V1d"});
  testing::write_hdf5_cell(small.file, "D/rois_inds", std::vector<at::Tensor>{at::tensor({4.}, at::kDouble)});
  CHECK_THROWS_WITH(reading(small.file).run(), ContainsSubstring("'D/rois_inds' of VOX_A1_LH_V1d is others, or none, expected numbers from 1 to 3"));
  const Small unnamed;
  testing::write_hdf5_cell(unnamed.file, "D/rois_names", std::vector<std::string>{"V1"});
  testing::write_hdf5_cell(unnamed.file, "D/rois_inds", std::vector<at::Tensor>{at::tensor({1.}, at::kDouble)});
  CHECK_THROWS_WITH(reading(unnamed.file).run(), ContainsSubstring("'D/rois_names' is V1, expected names with LH_ or RH_"));
  const Small plain;
  testing::write_hdf5(plain.file, "D/rois_names", at::zeros({2}, at::kDouble));
  CHECK_THROWS_WITH(reading(plain.file).run(), ContainsSubstring("'D/rois_names' is of another class, expected references to datasets"));
}

TEST_CASE("a Yamada file that is not one is named", "[io][yamada]") {
  const Small small;
  CHECK_THROWS_WITH(reading(small.file).set("held_out", 2).run(), ContainsSubstring("the file has runs 0 to 1"));
  testing::write_mat(small.folder.file("kept.mat"), {{"afterOutlierVoxInd", at::tensor({1, 4}, at::kLong).unsqueeze(0)}});
  CHECK_THROWS_WITH(reading(small.file).set("voxels", small.folder.file("kept.mat")).run(), ContainsSubstring("kept.mat: 'afterOutlierVoxInd' is others, or none, expected numbers from 1 to 3"));
  testing::write_mat(small.folder.file("kept.mat"), {{"afterOutlierVoxInd", at::tensor({3, 1}, at::kLong).unsqueeze(0)}});
  CHECK(reading(small.file).set("voxels", small.folder.file("kept.mat")).run().out<Betas>("train").subjects[0].voxels() == 2);
  small.write(at::zeros({15, 3}, at::kDouble));
  CHECK_THROWS_WITH(reading(small.file).run(), ContainsSubstring("'D/labels' is 16, expected 15 numbers, one a volume"));
}

TEST_CASE("real V1 tells five shapes apart when one run of four is held out", "[io][yamada][data]") {
  const auto folder = testing::data_folder();
  if (folder.empty() || !std::filesystem::exists(folder / "fmri/ncc_S2_figureImage.mat")) {
    WARN("skipped: set BGRAPH_DATA to a folder with fmri/ncc_S2_figureImage.mat");
    return;
  }
  std::vector<double> accuracy;
  for (int held = 0; held < 4; ++held) {
    testing::NodeRun run("io.yamada");
    run.set("file", (folder / "fmri/ncc_S2_figureImage.mat").string()).set("voxels", (folder / "fmri/ncc_S2_outlierVoxInd.mat").string()).set("held_out", held).run();
    const auto train = run.out<Betas>("train").subjects[0], test = run.out<Betas>("test").subjects[0];
    REQUIRE(train.betas.sizes() == at::IntArrayRef({30, 899}));
    const auto voxels = run.out<Voxels>("voxels");
    REQUIRE(voxels.mask_names == std::vector<std::string>{"V1d", "V1v"});
    const at::Tensor dorsal = voxels.region("V1d"), ventral = voxels.region("V1v");
    CHECK(dorsal.logical_or(ventral).all().item<bool>());  // every voxel is in V1
    CHECK(dorsal.logical_and(ventral).sum().item<int64_t>() > 100);
    const at::Tensor shapes = at::eye(5).index_select(0, train.image_id);  // [30, 5]
    const at::Tensor weights = at::linalg_solve(train.betas.matmul(train.betas.t()) + 899 * at::eye(30), shapes - 0.2);
    const at::Tensor said = test.betas.matmul(train.betas.t()).matmul(weights).argmax(1);
    accuracy.push_back(said.eq(test.image_id).to(at::kDouble).mean().item<double>());
  }
  INFO(accuracy[0] << " " << accuracy[1] << " " << accuracy[2] << " " << accuracy[3]);
  for (const double right : accuracy) CHECK(right >= 0.8);  // chance .2; the data folder's own reference has 1, .9, 1, .9
}

// Layouts of published data sets in small: what the readers make of them, and what they say of wrong ones.
#include "written_files.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include <opencv2/imgcodecs.hpp>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;
using testing::ScratchFolder;

namespace {

at::Tensor flags(std::vector<int64_t> values) { return at::tensor(values, at::kLong).to(at::kBool); }  // 1.13 makes no bool tensors

at::Tensor normal(const std::string& purpose, std::vector<int64_t> shape) { return Rng(9, "layouts_test", purpose, 0, 0).normal(shape); }

/// Rows of a split as numbers, in the order of trials.
at::Tensor rows(const Betas& betas, size_t subject) {
  Betas plain = betas;
  plain.split = "";
  // Averaging reads stored rows; every image is shown once here, in ascending order, so that nothing else changes.
  testing::NodeRun average("voxels.average");
  average.in("betas", plain).run();
  return average.out<Betas>("betas").subjects.at(subject).betas;
}

}  // namespace

TEST_CASE("the Algonauts layout pairs row i with picture i + 1 and challenge vertices with fsaverage's", "[io][algonauts]") {
  const ScratchFolder folder;
  const at::Tensor left = normal("left", {3, 4}), right = normal("right", {3, 2});
  testing::write_text(folder.file("subj01/training_split/training_fmri/lh_training_fmri.npy"), testing::npy_bytes(left));
  testing::write_text(folder.file("subj01/training_split/training_fmri/rh_training_fmri.npy"), testing::npy_bytes(right));
  const std::vector<int64_t> ids = {13, 27, 70001};
  for (size_t i = 0; i < 3; ++i) {
    const std::string number = "000" + std::to_string(i + 1), id = std::string(5 - std::to_string(ids[i]).size(), '0') + std::to_string(ids[i]);
    cv::imwrite(folder.file("subj01/training_split/training_images/train-" + number + "_nsd-" + id + ".png"), cv::Mat(16, 16, CV_8UC3, cv::Scalar(10, 20, 30.0 + static_cast<double>(i))));
  }
  cv::imwrite(folder.file("subj01/test_split/test_images/test-0001_nsd-00005.png"), cv::Mat(16, 16, CV_8UC3, cv::Scalar(1, 2, 3)));
  testing::write_text(folder.file("subj01/roi_masks/lh.all-vertices_fsaverage_space.npy"), testing::npy_bytes(at::tensor({0, 1, 1, 0, 1, 1, 0}, at::kLong)));
  testing::write_text(folder.file("subj01/roi_masks/rh.all-vertices_fsaverage_space.npy"), testing::npy_bytes(at::tensor({1, 0, 0, 0, 0, 0, 1}, at::kLong)));
  testing::write_text(folder.file("subj01/roi_masks/lh.floc-faces_challenge_space.npy"), testing::npy_bytes(at::tensor({0, 2, 0, 1}, at::kLong)));

  testing::NodeRun run("io.algonauts");
  run.set("root", folder.path.string()).set("size", 8).run();
  const auto train = run.out<Betas>("train");
  CHECK(train.subjects[0].image_id.equal(at::tensor(ids, at::kLong)));
  CHECK(rows(train, 0).equal(at::cat({left, right}, 1)));
  CHECK(run.out<Betas>("test").subjects.empty());
  const auto voxels = run.out<Voxels>("voxels");
  CHECK(voxels.place.equal(at::tensor({1, 2, 4, 5, 0, 6}, at::kLong)));
  CHECK(voxels.region("FFA-1").equal(flags({0, 1, 0, 0, 0, 0})));
  const auto images = run.out<Images>("train_images");
  CHECK(images.pixels[2][0][3][3].item<int64_t>() == 32);  // red of the third picture
  CHECK(run.out<Images>("test_images").image_id[0].item<int64_t>() == 5);

  std::filesystem::remove(folder.file("subj01/training_split/training_images/train-0002_nsd-00027.png"));
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("number 2 of the pictures is missing, expected there"));
}

TEST_CASE("MindEye2's files: rows by trial, shared images test, a longer table is cut with a warning", "[io][mindeye2]") {
  const ScratchFolder folder;
  const at::Tensor betas = normal("betas", {6, 5});
  testing::write_hdf5(folder.file("betas_all_subj02_fp32_renorm.hdf5"), "betas", betas, {2, 5}, true);
  testing::write_hdf5(folder.file("COCO_73k_subj_indices.hdf5"), "subj02", at::tensor({4, 1, 9, 4, 0, 7, 3, 3}, at::kLong));
  testing::write_text(folder.file("shared1000.npy"), testing::npy_bytes(flags({0, 1, 0, 0, 0, 0, 0, 1, 0, 0})));
  testing::NodeRun run("io.mindeye2");
  run.set("root", folder.path.string()).set("subjects", {"subj02"}).set("session_trials", 4).run();
  REQUIRE(run.warnings().size() == 1);
  CHECK_THAT(run.warnings()[0], ContainsSubstring("8 trials are listed, 6 have betas"));
  const auto train = run.out<Betas>("train").subjects[0], test = run.out<Betas>("test").subjects[0];
  CHECK(train.image_id.equal(at::tensor({4, 9, 4, 0}, at::kLong)));
  CHECK(train.repeat.equal(at::tensor({0, 0, 1, 0}, at::kLong)));
  CHECK(train.session.equal(at::tensor({0, 0, 0, 1}, at::kLong)));
  CHECK(test.image_id.equal(at::tensor({1, 7}, at::kLong)));
  CHECK(rows(run.out<Betas>("test"), 0).equal(at::stack({betas[1], betas[5]})));
  testing::write_text(folder.file("shared1000.npy"), testing::npy_bytes(at::zeros({5}, at::kBool)));
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("image number of subj02 is 9, expected 0 to 4"));
}

TEST_CASE("MindEye2's archives say which rows are train and test, in any order", "[io][mindeye2]") {
  const ScratchFolder folder;
  const at::Tensor betas = normal("archived betas", {6, 5});
  testing::write_hdf5(folder.file("betas_all_subj02_fp32_renorm.hdf5"), "betas", betas, {2, 5}, true);
  int64_t samples = 0;
  const auto trial = [&](double image, double subject, double session, double row) {
    at::Tensor behaviour = at::full({1, 17}, -1, at::kDouble);
    behaviour[0][0] = image, behaviour[0][1] = subject, behaviour[0][2] = session, behaviour[0][5] = row;
    const std::string key = "sample00000000" + std::to_string(samples++);
    return testing::tar_entry(key + ".behav.npy", testing::npy_bytes(behaviour)) + testing::tar_entry(key + ".olds_behav.npy", testing::npy_bytes(at::full({3, 17}, -1, at::kDouble)));
  };
  const std::string end(1024, '\0');
  testing::write_text(folder.file("wds/subj02/train/1.tar"), trial(4, 2, 2, 4) + end);
  testing::write_text(folder.file("wds/subj02/train/0.tar"), trial(9, 2, 1, 2) + trial(4, 2, 1, 0) + end);
  testing::write_text(folder.file("wds/subj02/new_test/0.tar"), trial(1, 2, 1, 1) + end);
  testing::NodeRun run("io.mindeye2");
  run.set("root", folder.path.string()).set("subjects", {"subj02"}).set("splits", "new_test").run();
  const auto train = run.out<Betas>("train").subjects[0];
  CHECK(train.image_id.equal(at::tensor({4, 9, 4}, at::kLong)));
  CHECK(train.repeat.equal(at::tensor({0, 0, 1}, at::kLong)));
  CHECK(train.session.equal(at::tensor({0, 0, 1}, at::kLong)));
  CHECK(rows(run.out<Betas>("test"), 0).equal(betas.slice(0, 1, 2)));

  testing::write_hdf5(folder.file("COCO_73k_subj_indices.hdf5"), "subj02", at::tensor({4, 1, 9, 7, 4, 0}, at::kLong));  // agrees
  run.run();
  testing::write_text(folder.file("wds/subj02/new_test/0.tar"), trial(3, 2, 1, 1) + end);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("images of subj02 is others, expected those of the archives"));
  testing::write_text(folder.file("wds/subj02/new_test/0.tar"), trial(1, 2, 1, 2) + end);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("row 2 of the betas is among those of training too"));
  testing::write_text(folder.file("wds/subj02/new_test/0.tar"), trial(1, 2, 1, 6) + end);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("row of the betas of 'sample000000006' is 6.000000, expected a whole number from 0 to 5"));
  testing::write_text(folder.file("wds/subj02/new_test/0.tar"), trial(1, 5, 1, 1) + end);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("subject of 'sample000000007' is 5.000000, expected a whole number from 2 to 2"));
  testing::write_text(folder.file("wds/subj02/train/3.tar"), trial(1, 2, 1, 1) + end);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("archives is 3, of which 2 from 0.tar on, expected 0.tar, 1.tar, ... without gap"));
}

TEST_CASE("Brain-IT's arrays: subjects side by side, types in 73k order, rows of NaN left out", "[io][brainit]") {
  const ScratchFolder folder;
  at::Tensor single = normal("single", {4, 3}), multi = normal("multi", {2, 5});  // subjects of 3 and 2 voxels
  multi[1].slice(0, 3, 5).fill_(std::nan(""));                                 // subject 2 never saw the second shared image
  const auto bytes = [](const at::Tensor& array) { return testing::npy_bytes(array); };
  for (const bool deflate : {false}) {
    testing::write_text(folder.file("fmri_v2.npz"),
                        testing::npz_bytes({{"single_sub_fmri", bytes(single)}, {"single_sub", bytes(at::tensor({0, 1, 0, 1}, at::kLong))}, {"multi_sub_fmri", bytes(multi)},
                                            {"type_sample", bytes(at::tensor({0, 1, 2, 1, 1, 2, 1, 0}, at::kLong))}, {"val_single_ind", bytes(at::tensor({2}, at::kLong))}}, deflate));
  }
  testing::write_text(folder.file("counts.npy"), bytes(at::tensor({2, 1, 1, 1}, at::kLong).reshape({2, 2})));
  testing::NodeRun run("io.brainit");
  run.set("fmri", folder.file("fmri_v2.npz")).set("counts", folder.file("counts.npy")).run();
  const auto train = run.out<Betas>("train"), test = run.out<Betas>("test");
  CHECK(train.subjects[0].image_id.equal(at::tensor({1}, at::kLong)));
  CHECK(run.out<Betas>("validation").subjects[0].image_id.equal(at::tensor({4}, at::kLong)));
  CHECK(train.subjects[1].image_id.equal(at::tensor({3, 6}, at::kLong)));
  CHECK(rows(train, 1).equal(at::stack({single[1], single[3]}).slice(1, 0, 2)));
  CHECK(test.subjects[0].image_id.equal(at::tensor({2, 5}, at::kLong)));
  CHECK(test.subjects[1].image_id.equal(at::tensor({2}, at::kLong)));
  CHECK(rows(test, 1).equal(multi.slice(0, 0, 1).slice(1, 3, 5)));
  CHECK(run.out<Voxels>("voxels").hemisphere.equal(at::tensor({0, 0, 1, 0, 1}, at::kLong)));
  testing::write_text(folder.file("counts.npy"), bytes(at::tensor({2, 1, 1, 2}, at::kLong).reshape({2, 2})));
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("columns of 'multi_sub_fmri' is 5, expected 6 (sum of the counts)"));
}

TEST_CASE("vim-1: MATLAB's arrays, NaN voxels dropped by either part, linear index to (i, j, k)", "[io][vim1]") {
  const ScratchFolder folder;
  at::Tensor training = normal("vim training", {4, 6}).to(at::kDouble), validation = normal("vim validation", {4, 3}).to(at::kDouble);  // voxels x images
  training[1][2] = std::nan(""), validation[3][0] = std::nan("");
  testing::write_mat(folder.file("EstimatedResponses.mat"), {{"dataTrnS1", training}, {"dataValS1", validation},
                     {"roiS1", at::tensor({1, 2, 0, 7}, at::kLong).unsqueeze(0)}, {"voxIdxS1", at::tensor({1, 2, 64 * 64 + 66, 9}, at::kLong).unsqueeze(0)}});
  testing::write_mat(folder.file("Stimuli.mat"), {{"stimTrn", normal("stimTrn", {6, 4, 4})}, {"stimVal", normal("stimVal", {3, 4, 4})}});
  testing::NodeRun run("io.vim1");
  run.set("responses", folder.file("EstimatedResponses.mat")).set("stimuli", folder.file("Stimuli.mat")).set("subjects", {1}).run();
  REQUIRE(run.warnings().size() == 1);
  CHECK_THAT(run.warnings()[0], ContainsSubstring("S1: 2 of 4 voxels are NaN"));
  CHECK(run.out<Betas>("train").subjects[0].betas.equal(at::stack({training[0], training[2]}, 1).to(at::kFloat)));
  CHECK(run.out<Betas>("test").subjects[0].image_id.equal(at::tensor({6, 7, 8}, at::kLong)));
  const auto voxels = run.out<Voxels>("voxels");
  CHECK(voxels.roi.equal(at::tensor({0, -1}, at::kLong)));
  CHECK(voxels.position[1].equal(at::tensor({1.0f, 1.0f, 1.0f})));
  const auto images = run.out<Images>("train_images");
  CHECK(images.pixels.min().item<float>() >= 0.0f);
  CHECK(images.pixels.max().item<float>() <= 1.0f);
}

TEST_CASE("a table of trials and an array make a data set", "[io][events]") {
  const ScratchFolder folder;
  const at::Tensor responses = normal("events", {4, 3});
  testing::write_text(folder.file("a_trials.tsv"), "image\tsession\tsplit\n5\t1\ttrain\n2\t1\ttest\n7\t2\ttrain\n9\t2\tvalidation\n");
  testing::write_text(folder.file("a.npy"), testing::npy_bytes(responses));
  testing::NodeRun run("io.events");
  run.set("folder", folder.path.string()).set("tables", {"a_trials.tsv"}).set("responses", {"a.npy"}).run();
  CHECK(run.out<Betas>("train").subjects[0].image_id.equal(at::tensor({5, 7}, at::kLong)));
  CHECK(run.out<Betas>("train").subjects[0].session.equal(at::tensor({1, 2}, at::kLong)));
  CHECK(rows(run.out<Betas>("train"), 0).equal(at::stack({responses[0], responses[2]})));
  CHECK(run.out<Betas>("test").subjects[0].image_id.item<int64_t>() == 2);
  testing::write_text(folder.file("a_trials.tsv"), "image\n5\n2\n7.5\n9\n");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("column 'image', row 3 is '7.5', expected a whole number"));
  testing::write_text(folder.file("a_trials.tsv"), "picture\n5\n");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("has no column 'image'; it has 'picture'"));
  testing::write_text(folder.file("a_trials.tsv"), "image\n5\n2\n7\n");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("number of rows is 4, expected 3 (of the images)"));
}

TEST_CASE("parcels come by vertex, left before right, without the medial wall", "[io][parcels]") {
  const ScratchFolder folder;
  testing::write_text(folder.file("lh.A.annot"), testing::annot_bytes({0, 1, 2, 1, -1}, {"Background+FreeSurfer_Defined_Medial_Wall", "LH_Vis_1", "LH_Som_1"}));
  testing::write_text(folder.file("rh.A.annot"), testing::annot_bytes({1, 1, 0, 0, 0}, {"Background+FreeSurfer_Defined_Medial_Wall", "RH_Vis_1"}));
  Voxels voxels{.subject = at::zeros({4}, at::kLong), .position = at::zeros({4, 3}), .hemisphere = at::tensor({0, 0, 1, 1}, at::kLong), .roi = at::full({4}, -1, at::kLong),
                .parcel = at::full({4}, -1, at::kLong), .ncsnr = at::zeros({4}), .subjects = {"a"}, .space = "fsaverage"};
  voxels.place = at::tensor({2, 3, 1, 4}, at::kLong);
  testing::NodeRun run("io.parcels");
  run.set("folder", folder.path.string()).set("name", "A").in("voxels", voxels).run();
  const auto found = run.out<Voxels>("voxels");
  CHECK(found.parcel_names == std::vector<std::string>{"LH_Vis_1", "LH_Som_1", "RH_Vis_1"});
  CHECK(found.parcel.equal(at::tensor({1, 0, 2, -1}, at::kLong)));
  REQUIRE(run.warnings().size() == 1);
  CHECK_THAT(run.warnings()[0], ContainsSubstring("1 of 4 voxels lie in no parcel"));

  voxels.place = at::tensor({2, 3, 1, 5}, at::kLong);
  testing::NodeRun larger("io.parcels");
  larger.set("folder", folder.path.string()).set("name", "A").in("voxels", voxels);
  CHECK_THROWS_WITH(larger.run(), ContainsSubstring("has 5 vertices, the voxels reach vertex 5"));
  voxels.space = "func1pt8mm";
  testing::NodeRun volume("io.parcels");
  volume.set("folder", folder.path.string()).set("name", "A").in("voxels", voxels);
  CHECK_THROWS_WITH(volume.run(), ContainsSubstring("the voxels are in space 'func1pt8mm', expected vertices of fsaverage"));
}

TEST_CASE("Schaefer's annotations hold as many parcels as their names say", "[io][parcels][data]") {
  const auto atlas = testing::data_folder() / "atlas" / "schaefer_fsaverage5";
  if (testing::data_folder().empty() || !std::filesystem::exists(atlas)) {
    WARN("skipped: set BGRAPH_DATA to a folder with atlas/schaefer_fsaverage5");
    return;
  }
  const int64_t vertices = 10242;
  Voxels voxels{.subject = at::zeros({2 * vertices}, at::kLong), .position = at::zeros({2 * vertices, 3}), .hemisphere = at::arange(2 * vertices, at::kLong).div(vertices, "floor"),
                .roi = at::full({2 * vertices}, -1, at::kLong), .parcel = at::full({2 * vertices}, -1, at::kLong), .ncsnr = at::zeros({2 * vertices}), .subjects = {"fsaverage5"}, .space = "fsaverage5"};
  voxels.place = at::arange(2 * vertices, at::kLong).remainder(vertices);
  for (const int64_t parcels : {100, 400, 1000}) {
    const std::string name = "Schaefer2018_" + std::to_string(parcels) + "Parcels_7Networks_order";
    const ScratchFolder folder;  // under the names of the release
    for (const std::string side : {"lh", "rh"})
      std::filesystem::copy_file(atlas / ("fsa5_" + side + "_schaefer_" + std::to_string(parcels) + ".annot"), folder.file(side + "." + name + ".annot"));
    testing::NodeRun run("io.parcels");
    const auto found = run.set("folder", folder.path.string()).set("name", name).in("voxels", voxels).run().out<Voxels>("voxels");
    CHECK(static_cast<int64_t>(found.parcel_names.size()) == parcels);
    CHECK(found.parcel.max().item<int64_t>() == parcels - 1);
  }
}

// io.bids on small data sets: volumes, hemispheres and grayordinates, with sessions and without.
#include "written_files.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cstring>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;
using testing::ScratchFolder;

namespace {

at::Tensor normal(const std::string& purpose, std::vector<int64_t> shape) { return Rng(12, "bids_test", purpose, 0, 0).normal(shape); }

testing::NodeRun reading(const ScratchFolder& folder) {
  testing::NodeRun run("io.bids");
  run.set("root", folder.path.string()).set("betas", folder.path.string() + "/derivatives/glm");
  return run;
}

/// One array a map, numbers in text.
std::string gifti_text(const at::Tensor& maps) {
  std::string text = "<?xml version=\"1.0\"?><GIFTI Version=\"1.0\">";
  for (int64_t m = 0; m < maps.size(0); ++m) {
    text += "<DataArray Intent=\"NIFTI_INTENT_ESTIMATE\" DataType=\"NIFTI_TYPE_FLOAT32\" ArrayIndexingOrder=\"RowMajorOrder\" Dimensionality=\"1\" Dim0=\"" +
            std::to_string(maps.size(1)) + "\" Encoding=\"ASCII\" Endian=\"LittleEndian\"><Data>";
    for (int64_t v = 0; v < maps.size(1); ++v) text += std::to_string(maps[m][v].item<int64_t>()) + " ";
    text += "</Data></DataArray>";
  }
  return text + "</GIFTI>";
}

/// Maps x (two left vertices, one voxel), as CIFTI lays them behind a NIfTI header with an extension.
std::string cifti_bytes(const at::Tensor& maps) {
  const std::string xml =
      "<CIFTI Version=\"2\"><Matrix><MatrixIndicesMap AppliesToMatrixDimension=\"0\" IndicesMapToDataType=\"CIFTI_INDEX_TYPE_BRAIN_MODELS\">"
      "<BrainModel IndexOffset=\"0\" IndexCount=\"2\" ModelType=\"CIFTI_MODEL_TYPE_SURFACE\" BrainStructure=\"CIFTI_STRUCTURE_CORTEX_RIGHT\" SurfaceNumberOfVertices=\"9\">"
      "<VertexIndices>4 7</VertexIndices></BrainModel><BrainModel IndexOffset=\"2\" IndexCount=\"1\" ModelType=\"CIFTI_MODEL_TYPE_VOXELS\" "
      "BrainStructure=\"CIFTI_STRUCTURE_THALAMUS_LEFT\"><VoxelIndicesIJK>1 2 3</VoxelIndicesIJK></BrainModel></MatrixIndicesMap></Matrix></CIFTI>";
  const std::string plain = testing::nifti_bytes(maps.reshape({maps.size(0), maps.size(1), 1, 1, 1, 1}), 0);
  std::string extension(8, '\0');
  const size_t size = (8 + xml.size() + 15) / 16 * 16;
  const auto put = [](std::string& bytes, size_t at, auto value) { std::memcpy(bytes.data() + at, &value, sizeof value); };
  put(extension, 0, static_cast<int32_t>(size)), put(extension, 4, int32_t{32});
  extension += xml, extension.resize(size, '\0');
  std::string head = plain.substr(0, 352);
  head[348] = 1;
  put(head, 108, static_cast<float>(352 + size));
  return head + extension + plain.substr(352);
}

}  // namespace

TEST_CASE("BIDS: runs in the order of sessions and numbers, trials without an image left out, voxels inside every mask", "[io][bids]") {
  const ScratchFolder folder;
  const auto run_files = [&](const std::string& session, const std::string& run, const std::string& events, const at::Tensor& betas) {
    const std::string head = "sub-01/ses-" + session + "/func/sub-01_ses-" + session + "_task-nsd_run-";
    testing::write_text(folder.file(head + run + "_events.tsv"), events);
    testing::write_text(folder.file("derivatives/glm/" + head + run + "_space-T1w_desc-single_betas.nii.gz"), testing::gzipped(testing::nifti_bytes(betas, 0)));
    testing::write_text(folder.file("derivatives/glm/" + head + run + "_space-T1w_desc-single_betas.json"), "{}");
  };
  const at::Tensor ninth = normal("ninth", {2, 2, 2, 3}), tenth = normal("tenth", {1, 2, 2, 3}), later = normal("later", {1, 2, 2, 3});
  run_files("02", "01", "onset\timage\tsplit\n1\t7\ttest\n", later);
  run_files("01", "10", "onset\timage\tsplit\n0\t7\ttest\n4\tn/a\ttrain\n", tenth);
  run_files("01", "9", "onset\tsplit\timage\n0\ttrain\tstim/coco_0012.png\n4\ttrain\t5\n", ninth);
  at::Tensor first = at::ones({2, 2, 3}, at::kShort), second = first.clone();
  first[0][0][1] = 0, second[1][1][2] = 0;
  testing::write_text(folder.file("prep/sub-01/ses-01/func/sub-01_ses-01_task-nsd_run-9_space-T1w_desc-brain_mask.nii.gz"), testing::gzipped(testing::nifti_bytes(first, 0)));
  testing::write_text(folder.file("prep/sub-01/ses-02/func/sub-01_ses-02_task-nsd_run-1_space-T1w_desc-brain_mask.nii.gz"), testing::gzipped(testing::nifti_bytes(second, 0)));

  auto run = reading(folder);
  run.set("preprocessed", folder.path.string() + "/prep").set("task", "nsd").set("space", "T1w").run();
  const auto train = run.out<Betas>("train").subjects[0], test = run.out<Betas>("test").subjects[0];
  CHECK(train.subject == "sub-01");
  CHECK(train.image_id.equal(at::tensor({12, 5}, at::kLong)));
  CHECK(test.image_id.equal(at::tensor({7, 7}, at::kLong)));
  CHECK(test.repeat.equal(at::tensor({0, 1}, at::kLong)));
  CHECK(test.session.equal(at::tensor({0, 1}, at::kLong)));
  const at::Tensor kept = at::tensor({0, 2, 3, 4, 5, 6, 7, 8, 9, 10}, at::kLong);
  CHECK(train.betas.equal(ninth.reshape({2, 12}).index_select(1, kept)));
  CHECK(test.betas.equal(at::cat({tenth, later}).reshape({2, 12}).index_select(1, kept)));
  const auto voxels = run.out<Voxels>("voxels");
  CHECK(voxels.place.equal(kept));
  CHECK(voxels.space == "T1w");
  CHECK(voxels.position[9].equal(at::tensor({1.0f, 1.0f, 1.0f})));  // element 10 of [2, 2, 3], voxels of 1 mm
  CHECK(run.set("blocks", "run").run().out<Betas>("test").subjects[0].session.equal(at::tensor({1, 2}, at::kLong)));

  // What can be wrong with it.
  const std::string events = folder.file("sub-01/ses-02/func/sub-01_ses-02_task-nsd_run-01_events.tsv");
  testing::write_text(events, "onset\timage\n1\t7\n2\t8\n");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("number of betas is 1, expected 2 (trials of sub-01_ses-02_task-nsd_run-01_events.tsv)"));
  testing::write_text(events, "onset\timage\n1\tnone\n");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("column 'image', row 1 is 'none', expected a whole number, or a name with one"));
  testing::write_text(events, "onset\timage\tsplit\n1\t7\ttrian\n");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("row 1 is 'trian', expected train, validation or test"));
  std::filesystem::remove(events);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("events of ses-02 task-nsd run-1 is missing"));
  testing::write_text(events, "onset\timage\n1\t7\n");
  const std::string other = "derivatives/glm/sub-01/ses-02/func/sub-01_ses-02_task-nsd_run-1_space-T1w_desc-other_betas.nii.gz";
  testing::write_text(folder.file(other), "");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("betas of ses-02 task-nsd run-1 is 2, another is"));
  run.set("desc", "other");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("betas of ses-01 task-nsd run-9 is missing"));
  run.set("desc", "single").set("task", "rest");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("no events of sub-01 below"));
  run.set("task", "nsd");
  testing::write_text(folder.file("derivatives/glm/sub-01/ses-02/func/sub-01_ses-02_task-nsd_run-01_space-T1w_desc-single_betas.nii.gz"),
                      testing::gzipped(testing::nifti_bytes(normal("wide", {1, 2, 2, 4}), 0)));
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("shape of a trial is [2, 2, 4], expected [2, 2, 3] (of "));
}

TEST_CASE("BIDS: hemispheres stand left before right, an array a trial", "[io][bids]") {
  const ScratchFolder folder;
  const at::Tensor left = at::tensor({3, 1, 4, 1, 5, 9}, at::kLong).reshape({2, 3}), right = at::tensor({2, 6, 5, 3}, at::kLong).reshape({2, 2});
  testing::write_text(folder.file("sub-02/func/sub-02_task-a_events.tsv"), "onset\timage\n0\t4\n1\t2\n");
  testing::write_text(folder.file("derivatives/glm/sub-02/func/sub-02_task-a_hemi-L_space-fsaverage5_betas.func.gii"), gifti_text(left));
  testing::write_text(folder.file("derivatives/glm/sub-02/func/sub-02_task-a_hemi-R_space-fsaverage5_betas.func.gii"), gifti_text(right));
  auto run = reading(folder);
  run.set("subjects", {"02"}).set("space", "fsaverage5").run();
  CHECK(run.out<Betas>("train").subjects[0].betas.equal(at::cat({left, right}, 1).to(at::kFloat)));
  const auto voxels = run.out<Voxels>("voxels");
  CHECK(voxels.hemisphere.equal(at::tensor({0, 0, 0, 1, 1}, at::kLong)));
  CHECK(voxels.place.equal(at::tensor({0, 1, 2, 0, 1}, at::kLong)));
  testing::write_text(folder.file("derivatives/glm/sub-02/func/sub-02_task-a_hemi-R_space-fsaverage5_betas.func.gii"), gifti_text(right.slice(0, 0, 1)));
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("hemi-R_space-fsaverage5_betas.func.gii: trials is 1, expected 2 (of hemi-L)"));
  std::filesystem::remove(folder.file("derivatives/glm/sub-02/func/sub-02_task-a_hemi-R_space-fsaverage5_betas.func.gii"));
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("hemispheres is no hemi-R, expected hemi-L and hemi-R"));
}

TEST_CASE("BIDS: grayordinates keep the numbers of their vertices", "[io][bids]") {
  const ScratchFolder folder;
  const at::Tensor maps = normal("maps", {2, 3});
  testing::write_text(folder.file("sub-03/func/sub-03_task-a_events.tsv"), "onset\timage\n0\t4\n1\t2\n");
  testing::write_text(folder.file("derivatives/glm/sub-03/func/sub-03_task-a_space-fsLR_den-91k_betas.dscalar.nii"), cifti_bytes(maps));
  auto run = reading(folder);
  run.set("subjects", {"03"}).set("space", "fsLR").run();
  CHECK(run.out<Betas>("train").subjects[0].betas.equal(maps));
  const auto voxels = run.out<Voxels>("voxels");
  CHECK(voxels.place.equal(at::tensor({4, 7, -1}, at::kLong)));
  CHECK(voxels.hemisphere.equal(at::tensor({1, 1, -1}, at::kLong)));
}

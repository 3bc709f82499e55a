// The studies on NSD and its neighbours through the real program, on generated files of their layouts: every graph with every profile is
// right and can be planned; the main one, with its profiles too, and the crowd's encoder run, small.
#include "nsd_release.h"
#include "small_networks.h"

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/values/figure.h>
#include <sys/wait.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <cstdlib>

using namespace bgraph;
using testing::NsdRelease;
using testing::write_text;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct Answer {
  int code = 0;
  std::string text;
};

at::Tensor picture(int64_t number, int64_t side) { return Rng(3, "nsd_graphs_test", "picture", number, 0).integers(256, {3, side, side}).to(at::kByte); }

/// Everything the graphs name below ${data}: the release in nsd/, the challenge's masks, COCO, an atlas, GOD, vim-1, weights.
struct Data {
  NsdRelease release;
  testing::ScratchFolder place;
  fs::path root;

  explicit Data(std::vector<std::string> subjects, int64_t sessions) : release(std::move(subjects), sessions), root(place.path / "data") {
    release.write_surfaces(), release.write_stimuli(), release.write_challenge(), release.write_synthetic("fsaverage");
    fs::create_directories(root);
    fs::create_directory_symlink(release.root(), root / "nsd");
    fs::create_directory_symlink(release.root() + "/algonauts", root / "algonauts");
    for (int64_t i : {9, 13, 21, 40}) write_text(file("coco/unlabeled2017/0000000000" + std::to_string(i + 10) + ".jpg"), png_of(picture(i, 12)));
    for (const std::string side : {"lh", "rh"})
      for (const std::string name : {"400", "1000"})
        write_text(file("atlas/fsaverage/label/" + side + ".Schaefer2018_" + name + "Parcels_7Networks_order.annot"),
                   testing::annot_bytes(std::vector<int>(NsdRelease::kVertices, 1), {"Background+FreeSurfer_Defined_Medial_Wall", "7Networks_" + side + "_Vis_1"}));
    for (const char* weights : {"dinov2_vitl14_reg4_pretrain", "vgg16_bn", "unclip6", "clip_vit_l_14", "alexnet", "inception_v3",
                                "efficientnet_b1", "swav_800ep_pretrain", "lpips_v0.1_alex", "sdxl", "sdxl_prompts"})
      write_text(file("weights/" + std::string(weights) + ".safetensors"), "not opened before a run");
    write_god(), write_vim();
  }

  std::string file(const std::string& name) const {
    fs::create_directories((root / name).parent_path());
    return (root / name).string();
  }

  /// Subjects with 4 voxels, 6 training pictures shown once, a test picture twice.
  void write_god() const {
    for (int number = 1; number <= 5; ++number) {
      const std::string subject = file("god/Subject" + std::to_string(number) + ".h5");
      at::Tensor data = Rng(4, "nsd_graphs_test", "god", number, 0).normal({8, 6}).to(at::kDouble);
      data.select(1, 4).copy_(at::tensor({1., 1., 1., 1., 1., 1., 2., 2.}, at::kDouble));
      for (int64_t i = 0; i < 8; ++i) data[i][5] = 1440764.0 + static_cast<double>(i < 6 ? i + 1 : 9) * 1e-6;
      testing::write_hdf5(subject, "dataset", data);
      testing::write_hdf5_texts(subject, "metadata/key", {"VoxelData", "ROI_VC", "DataType", "stimulus_id"});
      const double nan = std::nan("");
      testing::write_hdf5(subject, "metadata/value", at::tensor({1., 1., 1., 1., nan, nan, 1., 1., 0., 1., nan, nan, nan, nan, nan, nan, 1., nan, nan, nan, nan, nan, nan, 1.}, at::kDouble).reshape({4, 6}));
    }
    for (int64_t i = 1; i <= 6; ++i) write_text(file("god/pictures/n01440764_" + std::to_string(i) + ".JPEG"), png_of(picture(i, 12)));
  }

  void write_vim() const {
    const auto normal = [](const char* what, std::vector<int64_t> shape) { return Rng(5, "nsd_graphs_test", what, 0, 0).normal(shape).to(at::kDouble); };
    std::vector<testing::MatVariable> responses;
    for (const std::string subject : {"S1", "S2"}) {
      responses.push_back({"dataTrn" + subject, normal("training", {5, 7})});
      responses.push_back({"dataVal" + subject, normal("validation", {5, 3})});
      responses.push_back({"roi" + subject, at::tensor({1, 2, 0, 6, 7}, at::kLong).unsqueeze(0)});
      responses.push_back({"voxIdx" + subject, at::tensor({1, 2, 70, 9, 11}, at::kLong).unsqueeze(0)});
    }
    testing::write_mat(file("vim-1/EstimatedResponses.mat"), responses);
    testing::write_mat(file("vim-1/Stimuli.mat"), {{"stimTrn", normal("stimTrn", {7, 12, 12})}, {"stimVal", normal("stimVal", {3, 12, 12})}});
  }

  Answer bgraph(const std::string& words) const {
    const std::string command = "cd " + place.path.string() + " && env -u LD_LIBRARY_PATH " BGRAPH_PROGRAM " " + words + " --data " + root.string() + " >said 2>&1";
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), testing::file_bytes(place.file("said"))};
  }
};

std::vector<std::string> all_subjects() {
  std::vector<std::string> subjects;
  for (int number = 1; number <= 8; ++number) subjects.push_back("subj0" + std::to_string(number));
  return subjects;
}

std::vector<fs::path> graphs_in(const char* folder) {
  std::vector<fs::path> graphs;
  for (const auto& entry : fs::directory_iterator(fs::path(BGRAPH_SOURCE_DIR) / "graphs" / folder)) graphs.push_back(entry.path());
  std::sort(graphs.begin(), graphs.end());
  return graphs;
}

}  // namespace

TEST_CASE("every NSD study is right and plannable as written, as the paper states and as the code was released", "[graphs][nsd]") {
  const Data data(all_subjects(), 40);  // 298 sessions, as released
  for (const auto& graph : graphs_in("nsd"))
    for (const std::string profile : {"", " --profile paper", " --profile release"}) {
      INFO(graph << profile);
      const Answer checked = data.bgraph("check " + graph.string() + profile);
      INFO(checked.text);
      REQUIRE(checked.code == 0);
      const Answer planned = data.bgraph("plan " + graph.string() + profile);
      INFO(planned.text);
      REQUIRE(planned.code == 0);
    }
  const Answer files = data.bgraph("data plan " BGRAPH_SOURCE_DIR "/graphs/nsd/full.toml --profile paper");
  INFO(files.text);
  CHECK(files.code == 0);  // what is not there is not needed
  CHECK_THAT(files.text, ContainsSubstring("unclip6.safetensors"));
  CHECK_THAT(files.text, ContainsSubstring("nsddata_betas/ppdata/subj04/fsaverage/betas_fithrf_GLMdenoise_RR/*betas_session*"));
  CHECK_THAT(files.text, ContainsSubstring("60 files"));  // thirty sessions of two hemispheres
}

TEST_CASE("the crowd's encoder is right, plannable, and runs on small files of all three sets", "[graphs][crowd][slow]") {
  const Data data({"subj01", "subj02"}, 3);
  const std::string graph = BGRAPH_SOURCE_DIR "/graphs/crowd/encoder.toml";
  for (const std::string profile : {"", " --profile paper"}) {
    const Answer checked = data.bgraph("check " + graph + profile);
    INFO(checked.text);
    CHECK(checked.code == 0);
    CHECK(data.bgraph("plan " + graph + profile).code == 0);
  }
  const Answer ran = data.bgraph("run " BGRAPH_SOURCE_DIR "/tests/graphs/crowd_tiny.toml");
  INFO(ran.text);
  CHECK(ran.code == 0);
}

TEST_CASE("the NSD study as published and as released runs from files to scores, small", "[graphs][nsd][slow]") {
  const Data data({"subj01", "subj02"}, 3);
  testing::write_small_networks(data.root / "weights");
  const std::string profile = GENERATE("paper", "release");
  const Answer ran = data.bgraph("run " BGRAPH_SOURCE_DIR "/tests/graphs/nsd_paper_tiny.toml --name tiny --profile " + profile);
  INFO(profile << "\n" << ran.text);
  REQUIRE(ran.code == 0);
  const Json metrics = Json::parse(testing::file_bytes(data.place.file("runs/tiny/metrics.json")));
  for (const char* method : {"low-level", "semantic", "both"}) {
    INFO(method);
    CHECK(metrics.at("validation.scores.table").at(method).contains("two_way_clip"));
  }
}

TEST_CASE("the NSD study runs from files to scores, small", "[graphs][nsd][slow]") {
  const Data data({"subj01", "subj02"}, 3);
  const Answer ran = data.bgraph("run " BGRAPH_SOURCE_DIR "/tests/graphs/nsd_tiny.toml");
  INFO(ran.text);
  REQUIRE(ran.code == 0);
}

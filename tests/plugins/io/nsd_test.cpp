// io.nsd and the preparation nodes on a small release: every number compared with what the files were made from.
#include "nsd_release.h"

#include "../../sdk/quiet_context.h"

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/images.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <map>
#include <set>

using namespace bgraph;
using testing::NsdRelease;
using Catch::Matchers::ContainsSubstring;

namespace {

testing::NodeRun nsd(const NsdRelease& release, const std::string& space) {
  testing::NodeRun run("io.nsd");
  run.set("root", release.root()).set("subjects", {"subj01", "subj06"}).set("sessions", 2).set("space", space).set("regions", {"prf-visualrois", "streams"});
  return run;
}

/// Trials of a split, by the rule.
std::vector<int64_t> trials_of(const NsdRelease& release, bool shared) {
  std::vector<int64_t> trials;
  for (int64_t t = 0; t < 2 * NsdRelease::kTrials; ++t)
    if (release.shared(t) == shared) trials.push_back(t);
  return trials;
}

}  // namespace

TEST_CASE("trials of shared images are test, the rest train, with ids from 0 and their session", "[io][nsd]") {
  NsdRelease release;
  release.write_surfaces();
  auto run = nsd(release, "fsaverage");
  run.run();
  for (const auto& [port, shared] : {std::pair{"train", false}, {"test", true}}) {
    const auto betas = run.out<Betas>(port);
    const auto trials = trials_of(release, shared);
    REQUIRE(betas.subjects.size() == 2);
    CHECK(betas.split == port);
    CHECK(betas.id_space == "nsd-73k");
    for (const auto& subject : betas.subjects) {
      REQUIRE(subject.trials() == static_cast<int64_t>(trials.size()));
      std::map<int64_t, int64_t> seen;
      for (size_t i = 0; i < trials.size(); ++i) {
        const auto row = static_cast<int64_t>(i);
        CHECK(subject.image_id[row].item<int64_t>() == release.image(subject.subject, trials[i]));
        CHECK(subject.session[row].item<int64_t>() == trials[i] / NsdRelease::kTrials);
        CHECK(subject.repeat[row].item<int64_t>() == seen[release.image(subject.subject, trials[i])]++);
      }
    }
  }
  CHECK(run.out<Betas>("train").subjects[1].first_voxel == 36);  // 18 of 20 vertices of two hemispheres
}

TEST_CASE("nothing of the betas is copied: the value refers to the files and averages read from them", "[io][nsd]") {
  NsdRelease release;
  release.write_surfaces();
  auto run = nsd(release, "fsaverage");
  run.run();
  const auto train = run.out<Betas>("train");
  CHECK_FALSE(train.in_memory());
  CHECK(train.to_value().tensors.count("subj01.betas") == 0);

  testing::NodeRun average("voxels.average");
  average.in("betas", train).run();
  const auto averaged = average.out<Betas>("betas");
  REQUIRE(averaged.in_memory());
  const auto trials = trials_of(release, false);
  for (const auto& subject : averaged.subjects) {
    std::map<int64_t, std::vector<int64_t>> shown;
    for (const int64_t t : trials) shown[release.image(subject.subject, t)].push_back(t);
    REQUIRE(subject.trials() == static_cast<int64_t>(shown.size()));
    int64_t row = 0;
    for (const auto& [image, repeats] : shown) {
      CHECK(subject.image_id[row].item<int64_t>() == image);
      for (int64_t v = 0; v < 36; ++v) {
        const int64_t vertex = v < 18 ? v + 2 : v + 4;
        double mean = 0;
        for (const int64_t t : repeats) mean += NsdRelease::surface_beta(subject.subject, t, vertex) / static_cast<double>(repeats.size());
        const float found = subject.betas[row][v].item<float>();
        if (std::isnan(mean)) CHECK(std::isnan(found));
        else CHECK(std::abs(found - mean) < 1e-5);  // sums of at most a dozen floats near 3
      }
      ++row;
    }
  }
}

TEST_CASE("z-scores of rows in files are those of the trials of each session", "[io][nsd][zscore]") {
  NsdRelease release;
  release.write_surfaces();
  auto run = nsd(release, "fsaverage");
  run.run();
  testing::NodeRun z("voxels.zscore");
  z.set("stats", "all").in("betas", run.out<Betas>("train")).in("test", run.out<Betas>("test")).run();
  CHECK(z.warnings().size() == 1);
  const auto scaled = z.out<Betas>("betas");
  CHECK_FALSE(scaled.in_memory());
  CHECK(scaled.done.back().at("stats") == "all");
  testing::NodeRun average("voxels.average");
  average.set("trials", 1).in("betas", scaled).run();
  const auto found = average.out<Betas>("betas").subjects[0];
  std::map<int64_t, int64_t> first;  // image -> its first trial
  for (const int64_t t : trials_of(release, false)) first.emplace(release.image("subj01", t), t);
  int64_t row = 0;
  for (const auto& [image, trial] : first) {
    const int64_t begin = trial / NsdRelease::kTrials * NsdRelease::kTrials;
    for (const int64_t v : {int64_t{0}, int64_t{17}, int64_t{35}}) {
      const int64_t vertex = v < 18 ? v + 2 : v + 4;
      double mean = 0, square = 0;
      for (int64_t t = begin; t < begin + NsdRelease::kTrials; ++t) {
        const double x = NsdRelease::surface_beta("subj01", t, vertex);
        mean += x / NsdRelease::kTrials, square += x * x / NsdRelease::kTrials;
      }
      const double expected = (NsdRelease::surface_beta("subj01", trial, vertex) - mean) / std::sqrt(square - mean * mean);
      CHECK(std::abs(found.betas[row][v].item<float>() - expected) < 1e-4);
    }
    ++row;
  }
}

TEST_CASE("vertices that are NaN in a trial leave betas, table and global numbers together", "[io][nsd][finite]") {
  NsdRelease release;
  release.write_surfaces();
  auto run = nsd(release, "fsaverage");
  run.run();
  testing::NodeRun finite("voxels.finite");
  finite.in("betas", run.out<Betas>("train")).in("test", run.out<Betas>("test")).in("voxels", run.out<Voxels>("voxels")).run();
  REQUIRE(finite.warnings().size() == 1);
  CHECK_THAT(finite.warnings()[0], ContainsSubstring("subj06: 2 of 36 voxels"));
  const auto left = finite.out<Betas>("test");
  CHECK(left.subjects[0].voxels() == 36);
  CHECK(left.subjects[1].voxels() == 34);
  const auto voxels = finite.out<Voxels>("voxels");
  CHECK(voxels.voxel_count(1) == 34);
  for (int64_t v = 36; v < 70; ++v) {
    CHECK((voxels.place[v].item<int64_t>() != 3 || voxels.hemisphere[v].item<int64_t>() == 1));
    CHECK((voxels.place[v].item<int64_t>() != 5 || voxels.hemisphere[v].item<int64_t>() == 0));
  }
  testing::NodeRun keep("voxels.finite");
  keep.set("policy", "keep").in("betas", run.out<Betas>("train")).in("voxels", run.out<Voxels>("voxels")).run();
  CHECK_THAT(keep.warnings().at(0), ContainsSubstring("subj06: 2 of 36 voxels are missing in some trial and are kept"));
  CHECK(keep.out<Betas>("betas").subjects[1].voxels() == 36);
  testing::NodeRun refuse("voxels.finite");
  refuse.set("policy", "refuse").in("betas", run.out<Betas>("train")).in("voxels", run.out<Voxels>("voxels"));
  CHECK_THROWS_WITH(refuse.run(), ContainsSubstring("subj06: 2 of 36 voxels have a trial without a number"));
}

TEST_CASE("regions come from fsaverage, or from the subject's own surface by nearest vertices counted from 1", "[io][nsd]") {
  NsdRelease release;
  release.write_surfaces();
  const auto voxels = nsd(release, "fsaverage").run().out<Voxels>("voxels");
  CHECK(voxels.space == "fsaverage");
  const auto early = voxels.region("early"), v1v = voxels.region("V1v"), ventral = voxels.region("ventral");
  for (int64_t v = 0; v < voxels.size(); ++v) {
    const int64_t vertex = voxels.place[v].item<int64_t>();
    CHECK(early[v].item<bool>() == (vertex == 5 || vertex == 6));
    CHECK(ventral[v].item<bool>() == (vertex == 7));
    CHECK(v1v[v].item<bool>() == ((11 - vertex % 12) % 4 == 1));  // native vertex 12 - v % 12, from 1; its label is v % 4
    CHECK(std::abs(voxels.ncsnr[v].item<float>() - 0.1f * static_cast<float>(vertex)) < 1e-6f);
  }
  CHECK_THROWS_WITH(voxels.region("V1x"), ContainsSubstring("there is no region 'V1x'"));
}

TEST_CASE("volumes give the same betas from HDF5, NIfTI and gzip NIfTI, scaled by 300, with (i, j, k)", "[io][nsd]") {
  for (const std::string ending : {".hdf5", ".nii", ".nii.gz"}) {
    INFO(ending);
    NsdRelease release;
    release.write_volumes(ending);
    auto run = nsd(release, "func1pt8mm");
    run.run();
    testing::NodeRun average("voxels.average");
    average.set("trials", 1).in("betas", run.out<Betas>("train")).run();
    const auto found = average.out<Betas>("betas").subjects[1];
    const auto voxels = run.out<Voxels>("voxels");
    REQUIRE(voxels.size() == 40);  // a third of 60, twice
    CHECK(voxels.unit == "index");
    CHECK(voxels.region("hV4").sum().item<int64_t>() == 2);
    std::map<int64_t, int64_t> first;
    for (const int64_t t : trials_of(release, false)) first.emplace(release.image("subj06", t), t);
    int64_t row = 0;
    for (const auto& [image, trial] : first) {
      for (int64_t v = 0; v < 20; ++v)
        CHECK(found.betas[row][v].item<float>() == Approx(NsdRelease::volume_beta("subj06", trial, 3 * v) / 300.0).epsilon(1e-6));
      ++row;
    }
    CHECK(voxels.position[7].equal(at::tensor({1.0f, 0.0f, 1.0f})));  // element 21 of [3, 4, 5]
  }
}

TEST_CASE("runs, early shared images and validation images follow their rules", "[io][nsd]") {
  NsdRelease release;
  release.write_surfaces();
  const auto by_run = nsd(release, "fsaverage").set("blocks", "run").run().out<Betas>("train");
  const auto trials = trials_of(release, false);
  for (size_t i = 0; i < trials.size(); ++i)
    CHECK(by_run.subjects[0].session[static_cast<int64_t>(i)].item<int64_t>() == trials[i] / 3);
  auto held = nsd(release, "fsaverage");
  held.set("validation", 3).run();
  std::set<int64_t> fitted, kept;
  const auto train = held.out<Betas>("train").subjects[0].image_id, validation = held.out<Betas>("validation").subjects[0].image_id;
  for (int64_t i = 0; i < train.numel(); ++i) fitted.insert(train[i].item<int64_t>());
  for (int64_t i = 0; i < validation.numel(); ++i) kept.insert(validation[i].item<int64_t>());
  CHECK(kept.size() == 3);
  for (const int64_t image : kept) CHECK(fitted.count(image) == 0);
  const auto early = nsd(release, "fsaverage").set("test", "982").run().out<Betas>("test");
  std::set<int64_t> shown;
  for (int64_t t = 0; t < 37 * NsdRelease::kTrials; ++t) shown.insert(release.ordering[t].item<int64_t>());
  int64_t expected = 0;
  for (const int64_t t : trials_of(release, true)) expected += static_cast<int64_t>(shown.count(release.ordering[t].item<int64_t>()));
  CHECK(early.subjects[0].trials() == expected);
}

TEST_CASE("the session of synthetic images is the test set, in a numbering of its own; shared images are left out", "[io][nsd]") {
  for (const std::string space : {"fsaverage", "func1pt8mm"}) {
    INFO(space);
    NsdRelease release;
    if (space == "fsaverage") release.write_surfaces();
    else release.write_volumes(".nii");
    release.write_synthetic(space);
    auto run = nsd(release, space);
    run.set("test", "synthetic").set("sessions", 2).run();
    const auto plain = nsd(release, space).run().out<Betas>("train");
    const auto test = run.out<Betas>("test");
    CHECK(run.out<Betas>("train").subjects[1].image_id.equal(plain.subjects[1].image_id));
    CHECK(test.id_space == "nsd-synthetic");
    const auto& sixth = test.subjects[1];
    CHECK(sixth.image_id.equal(at::tensor({2, 220 + 5 * 64, 2, 220 + 5 * 64 + 63, 0, 219, 220 + 5 * 64}, at::kLong)));
    CHECK(sixth.repeat.equal(at::tensor({0, 0, 1, 0, 0, 0, 1}, at::kLong)));
    CHECK(sixth.session.eq(2).all().item<bool>());
    testing::NodeRun average("voxels.average");
    average.in("betas", plain).in("test", test).run();
    const auto found = average.out<Betas>("test").subjects[1];  // image 2 is its third row: 0, 2, 219, ...
    const float expected = space == "fsaverage" ? (NsdRelease::surface_beta("subj06", 1000, 2) + NsdRelease::surface_beta("subj06", 1002, 2)) / 2
                                                : static_cast<float>(NsdRelease::volume_beta("subj06", 1000, 0) + NsdRelease::volume_beta("subj06", 1002, 0)) / 600;
    CHECK(std::abs(found.betas[1][0].item<float>() - expected) < 1e-5f);
  }
}

TEST_CASE("a release without the synthetic session, or with another number of trials, is named", "[io][nsd]") {
  NsdRelease release;
  release.write_surfaces();
  auto run = nsd(release, "fsaverage");
  run.set("test", "synthetic");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("nsdsynthetic_expdesign.mat"));
  release.write_synthetic("fsaverage");
  testing::write_mat(release.folder.file("nsddata/experiments/nsdsynthetic/nsdsynthetic_expdesign.mat"), {{"masterordering", at::tensor({1, 2}, at::kLong).unsqueeze(0)}});
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("lh.betas_nsdsynthetic.mgh: number of trials is 7, expected 2 (of the design)"));
  testing::write_mat(release.folder.file("nsddata/experiments/nsdsynthetic/nsdsynthetic_expdesign.mat"), {{"masterordering", at::tensor({1, 285}, at::kLong).unsqueeze(0)}});
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("'masterordering' is with others, expected whole numbers from 1 to 284"));
  testing::write_mat(release.folder.file("nsddata/experiments/nsdsynthetic/nsdsynthetic_expdesign.mat"), {{"masterordering", release.extra.unsqueeze(0)}});
  run.set("version", "betas_assumehrf");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("the session of synthetic images has no betas_assumehrf"));
}

TEST_CASE("synthetic pictures: everybody's, then each subject's own, brought out of linear light, cut to squares", "[io][nsd_synthetic]") {
  NsdRelease release;
  release.write_synthetic("fsaverage");
  testing::NodeRun run("io.nsd_synthetic");
  const auto images = run.set("root", release.root()).set("subjects", {"subj06", "subj01"}).set("size", 8).run().out<Images>("images");
  REQUIRE(images.size() == 220 + 2 * 64);
  CHECK(images.image_id[220].item<int64_t>() == 220);
  CHECK(images.image_id[220 + 64].item<int64_t>() == 220 + 5 * 64);
  const at::Tensor grey = Rng(6, "nsd_release", "synthetic", 0, 0).integers(256, {220, 8, 12, 3}), own = Rng(7, "nsd_release", "subj06", 0, 0).integers(256, {64, 8, 12, 3});
  CHECK(images.pixels[17].equal(grey[17].permute({2, 0, 1}).slice(2, 2, 10).to(at::kByte)));
  CHECK(images.pixels[220 + 64 + 3].equal(own[3].permute({2, 0, 1}).slice(2, 2, 10).to(at::kFloat).div(255).sqrt().mul(255).round().to(at::kByte)));
  CHECK(images.category[219].item<int64_t>() == 0);
  CHECK(images.category[220].item<int64_t>() == 1);
}

TEST_CASE("wrong releases are named: file, item, expected and found", "[io][nsd]") {
  NsdRelease release;
  release.write_surfaces();
  const std::string betas = "nsddata_betas/ppdata/subj01/fsaverage/betas_fithrf_GLMdenoise_RR/lh.betas_session02.mgh";
  const std::string whole = testing::file_bytes(release.folder.file(betas));

  testing::write_text(release.folder.file(betas), whole.substr(0, whole.size() - 4));
  CHECK_THROWS_WITH(nsd(release, "fsaverage").run(), ContainsSubstring("session02.mgh: file is 760 bytes long, expected 480 bytes from 284"));
  testing::write_text(release.folder.file(betas), testing::mgh_bytes(at::zeros({5, 20})));
  CHECK_THROWS_WITH(nsd(release, "fsaverage").run(), ContainsSubstring("number of trials is 5, expected 6 (of the design)"));
  testing::write_text(release.folder.file(betas), testing::mgh_bytes(at::zeros({6, 19})));
  CHECK_THROWS_WITH(nsd(release, "fsaverage").run(), ContainsSubstring("number of vertices is 19, expected above 19 (of the mask)"));
  std::filesystem::remove(release.folder.file(betas));
  CHECK_THROWS_WITH(nsd(release, "fsaverage").run(), ContainsSubstring("session02.mgh: No such file"));
  testing::write_text(release.folder.file(betas), whole);

  // The folder of another subject: what it saw is not what the design says.
  const std::string table = testing::file_bytes(release.folder.file("nsddata/ppdata/subj06/behav/responses.tsv"));
  testing::write_text(release.folder.file("nsddata/ppdata/subj01/behav/responses.tsv"), table);
  CHECK_THROWS_WITH(nsd(release, "fsaverage").run(), ContainsSubstring("column 73KID is not what nsd_expdesign.mat says subject subj01 saw"));
}

TEST_CASE("a file that changes under a stored value is refused when its rows are read", "[io][nsd]") {
  NsdRelease release;
  release.write_surfaces();
  const auto train = nsd(release, "fsaverage").run().out<Betas>("train");
  testing::write_text(release.folder.file("nsddata_betas/ppdata/subj01/fsaverage/betas_fithrf_GLMdenoise_RR/lh.betas_session01.mgh"), testing::mgh_bytes(at::zeros({6, 20})));
  testing::NodeRun average("voxels.average");
  average.in("betas", train);
  CHECK_THROWS_WITH(average.run(), ContainsSubstring("lh.betas_session01.mgh: content is another, expected what it was when the graph was run"));
}

TEST_CASE("stimuli are read by 73k number, each once, cut to a square and resized", "[io][hdf5_images]") {
  NsdRelease release;
  release.write_surfaces();
  release.write_stimuli();
  const auto train = nsd(release, "fsaverage").run().out<Betas>("train");
  testing::NodeRun run("io.hdf5_images");
  const auto images = run.set("file", release.folder.file("nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5")).set("size", 12).in("betas", train).run().out<Images>("images");
  std::set<int64_t> ids;
  for (const auto& subject : train.subjects)
    for (int64_t i = 0; i < subject.trials(); ++i) ids.insert(subject.image_id[i].item<int64_t>());
  REQUIRE(images.size() == static_cast<int64_t>(ids.size()));
  CHECK(images.split == "train");
  const at::Tensor pixels = Rng(5, "nsd_release", "stimuli", 0, 0).integers(256, {600, 12, 12, 3}).to(at::kByte);
  int64_t row = 0;
  for (const int64_t id : ids) CHECK(images.pixels[row++].equal(pixels[id].permute({2, 0, 1})));
}

TEST_CASE("stimuli left in their file are byte for byte those that are read: whole, resized, in pieces, as tokens", "[io][hdf5_images][resize_images]") {
  NsdRelease release;
  release.write_surfaces();
  release.write_stimuli();
  testing::QuietContext ctx;
  const auto train = nsd(release, "fsaverage").run().out<Betas>("train");
  const auto stimuli = [&](bool lazy) {
    testing::NodeRun run("io.hdf5_images");
    run.set("file", release.folder.file("nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5")).set("size", 10).set("lazy", lazy).in("betas", train);
    return run.run().out<Images>("images");
  };
  const auto smaller = [](const Images& images, bool bytes) {
    testing::NodeRun run("io.resize_images");
    return run.set("size", 8).set("method", "gaussian").set("bytes", bytes).in("images", images).run().out<Images>("images");
  };
  const Images held = stimuli(false), stored = stimuli(true);
  REQUIRE_FALSE(stored.in_memory());
  CHECK(stored.size() == held.size());
  CHECK(stored.image_id.equal(held.image_id));
  CHECK(stored.opened(ctx).pixels.equal(held.pixels));
  const at::Tensor some = at::tensor({3, 0, 3}, at::kLong);
  CHECK(stored.unit_range(ctx, some).equal(held.unit_range().index_select(0, some)));
  for (const bool bytes : {true, false}) CHECK(smaller(stored, bytes).opened(ctx).pixels.equal(smaller(held, bytes).pixels));
  const Images small = smaller(stored, true);
  CHECK_FALSE(small.in_memory());
  CHECK(Images::concat({small.rows(0, 2), small.rows(2, small.size())}).opened(ctx).pixels.equal(smaller(held, true).pixels));
  CHECK_THROWS_WITH(Images::concat({small, stored}), ContainsSubstring("cannot be joined with those of another file or size"));

  Model network = testing::recipe("features.convnet", {{"channels", {3, 5}}, {"image_size", 8}});
  const auto fresh = testing::build_component<ImageBackbone>(network);
  fresh->initialise(Rng(2, "nsd_test", "network", 0, 0));
  network.weights = weights_of(*fresh);
  const auto tokens = [&](const Images& images) {
    testing::NodeRun run("features.tokens");
    return run.set("batch", 4).in("images", images).in("images", images).in("model", network).run().out<Features>("features");
  };
  const Features read = tokens(small), computed = tokens(smaller(held, true));
  REQUIRE(read.layers.size() == computed.layers.size());
  for (size_t l = 0; l < read.layers.size(); ++l) CHECK(read.layers[l].tokens.equal(computed.layers[l].tokens));
}

TEST_CASE("stimuli that are replaced after the graph ran are refused when they are read", "[io][hdf5_images]") {
  NsdRelease release;
  release.write_stimuli();
  const std::string file = release.folder.file("nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5");
  testing::NodeRun run("io.hdf5_images");
  const auto stored = run.set("file", file).set("size", 10).set("lazy", true).run().out<Images>("images");
  testing::write_hdf5(file, "more", at::zeros({2}));
  testing::NodeRun resize("io.resize_images");
  testing::QuietContext ctx;
  CHECK_THROWS_WITH(resize.set("size", 8).in("images", stored).run().out<Images>("images").opened(ctx), ContainsSubstring("nsd_stimuli.hdf5: content is another"));
}

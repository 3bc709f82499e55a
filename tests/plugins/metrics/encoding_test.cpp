#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kImages = 30, kRepeats = 3;
constexpr int64_t kVoxels[] = {50, 35};

at::Tensor draw(at::IntArrayRef shape, int64_t index) { return Rng(51, "test", "encoding", 0, index).normal(shape); }

/// Two subjects whose responses are signal plus noise of sd 1 per trial; the second half of the voxels holds no signal.
struct World {
  Voxels voxels;
  Betas measured, predicted;

  World() {
    measured.id_space = predicted.id_space = "made", measured.split = predicted.split = "test", predicted.predicted = true;
    const at::Tensor ids = at::arange(5, 5 + kImages, at::kLong);
    int64_t first = 0;
    std::vector<at::Tensor> subject, roi, ncsnr;
    for (int64_t s = 0; s < 2; ++s) {
      const int64_t V = kVoxels[s];
      const at::Tensor gain = (at::arange(V) < V / 2).to(at::kFloat);
      const at::Tensor signal = draw({kImages, V}, s) * gain;
      const at::Tensor trials = signal.repeat({kRepeats, 1}) + draw({kImages * kRepeats, V}, 10 + s);
      const at::Tensor unknown = at::full({kImages * kRepeats}, -1, at::kLong);
      measured.subjects.push_back({"subj" + std::to_string(s + 1), first, trials, ids.repeat({kRepeats}), unknown, unknown});
      const at::Tensor order = at::arange(kImages - 1, -1, -1, at::kLong);  // rows find each other by image
      predicted.subjects.push_back({"subj" + std::to_string(s + 1), first, signal.index_select(0, order), ids.index_select(0, order),
                                    unknown.slice(0, 0, kImages), unknown.slice(0, 0, kImages)});
      subject.push_back(at::full({V}, s, at::kLong)), ncsnr.push_back(gain);
      roi.push_back(1 - gain.to(at::kLong));
      first += V;
    }
    const int64_t V = first;
    voxels = {at::cat(subject), at::zeros({V, 3}), at::zeros({V}, at::kLong), at::cat(roi), at::full({V}, -1, at::kLong), at::cat(ncsnr),
              {"subj1", "subj2"}, {"signal", "noise"}, {}, "made"};
  }

  testing::NodeRun run() const {
    testing::NodeRun run("metrics.encoding");
    run.set("permutations", 199).set("candidates", 10).in("predicted", predicted).in("measured", measured).in("voxels", voxels);
    return run;
  }
};

double cell(const Table& table, const std::string& row, const std::string& column) {
  for (const auto& r : table.rows)
    if (r.name == row) return std::get<double>(r.cells.at(column));
  throw std::runtime_error("no row " + row);
}

}  // namespace

TEST_CASE("a perfect prediction reaches the ceiling, retrieves its images and leaves noise voxels at chance", "[metrics][encoding]") {
  auto run = World().run();
  run.run();
  const Table table = run.out<Table>("table");
  // Signal variance 1, noise 1/3: r = sqrt(.75) where there is signal; r^2 of the ceiling is 1.
  CHECK(cell(table, "subj1", "r_90") == Approx(std::sqrt(0.75)).margin(0.1));
  CHECK(cell(table, "subj1", "median_r2_of_ceiling") == Approx(1).margin(0.12));
  CHECK(cell(table, "subj1", "retrieval_top1") > 0.95);
  CHECK(cell(table, "subj1", "retrieval_top5") >= cell(table, "subj1", "retrieval_top1"));
  CHECK(cell(table, "subj1", "significant") == Approx(0.5).margin(0.08));  // the half that holds signal
  CHECK(cell(table, "subj1", "voxels") == kVoxels[0]);
  CHECK(cell(table, "mean of subjects", "mse") ==
        Approx((cell(table, "subj1", "mse") + cell(table, "subj2", "mse")) / 2));
  const at::Tensor r = run.out<Tensor>("correlation");
  REQUIRE(r.size(0) == kVoxels[0] + kVoxels[1]);
  CHECK(r.slice(0, kVoxels[0] / 2, kVoxels[0]).abs().max().item<double>() == 0);  // predictions are constant there
}

TEST_CASE("dissimilarities of an area with signal are predicted", "[metrics][encoding]") {
  const Table rsa = World().run().run().out<Table>("rsa");
  CHECK(cell(rsa, "subj2, signal", "spearman") > 0.4);
  CHECK(cell(rsa, "subj2, signal", "p") == Approx(1.0 / 200));
  CHECK(cell(rsa, "subj2, signal", "images") == kImages);
}

TEST_CASE("predictions of other images are at chance in retrieval", "[metrics][encoding]") {
  World world;
  for (auto& subject : world.predicted.subjects) subject.image_id = subject.image_id.roll(7, 0);
  const Table table = world.run().run().out<Table>("table");
  for (const std::string subject : {"subj1", "subj2"}) {
    CHECK(cell(table, subject, "retrieval_top1") < 0.3);  // 30 responses of chance .1
    CHECK(cell(table, subject, "retrieval_top5_paper") == Approx(0.5).margin(0.3));
    CHECK(cell(table, subject, "significant") < 0.1);
  }
}

TEST_CASE("a subject nobody predicted, or a world of other images, is refused", "[metrics][encoding]") {
  World world;
  world.predicted.subjects[1].subject = "subj9";
  CHECK_THROWS_WITH(world.run().run(), ContainsSubstring("no responses of subj2 with 35 voxels"));
  World other;
  for (auto& subject : other.predicted.subjects) subject.image_id = subject.image_id + 500;
  CHECK_THROWS_WITH(other.run().run(), ContainsSubstring("only 0 images are both predicted and measured"));
}

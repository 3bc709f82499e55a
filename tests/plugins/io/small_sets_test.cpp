// The real files, where they are at hand: numbers from the data folder's own README and from the files' papers.
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

using namespace bgraph;

namespace {

std::string data_file(const std::string& name) {
  const auto folder = testing::data_folder();
  if (folder.empty() || !std::filesystem::exists(folder / name)) {
    WARN("skipped: set BGRAPH_DATA to a folder with " + name);
    return {};
  }
  return (folder / name).string();
}

}  // namespace

TEST_CASE("digit69 has 90 and 10 trials of 3092 voxels, 45 sixes before 45 nines", "[io][digit69][data]") {
  const auto file = data_file("fmri/digit69_28x28.mat");
  if (file.empty()) return;
  testing::NodeRun run("io.digit69");
  run.set("file", file).run();
  const auto train = run.out<Betas>("train");
  CHECK(train.subjects.at(0).betas.sizes() == at::IntArrayRef({90, 3092}));
  CHECK(run.out<Betas>("test").subjects.at(0).betas.sizes() == at::IntArrayRef({10, 3092}));
  const auto category = run.out<Images>("train_images").category;
  CHECK(category.slice(0, 0, 45).eq(1).all().item<bool>());
  CHECK(category.slice(0, 45, 90).eq(2).all().item<bool>());
  // z-scored by the training rows: mean 0 to rounding of float32 sums over 90 trials.
  CHECK(train.subjects.at(0).betas.mean(0).abs().max().item<float>() < 1e-5f);
}

TEST_CASE("a six is upright: its lower half holds more ink than its upper half", "[io][digit69][data]") {
  const auto file = data_file("fmri/digit69_28x28.mat");
  if (file.empty()) return;
  testing::NodeRun run("io.digit69");
  const auto images = run.set("file", file).run().out<Images>("train_images");
  const at::Tensor mean_six = images.unit_range().slice(0, 0, 45).mean(at::IntArrayRef({0, 1}));  // [28, 28]
  CHECK(mean_six.slice(0, 14, 28).sum().item<float>() > mean_six.slice(0, 0, 14).sum().item<float>());
}

TEST_CASE("one fold of ten holds out ten trials that no training output contains", "[io][digit69][data]") {
  const auto file = data_file("fmri/digit69_28x28.mat");
  if (file.empty()) return;
  testing::NodeRun run("io.digit69");
  run.set("file", file).set("folds", 10).set("fold", 4).run();
  const auto held = run.out<Images>("test_images").image_id, kept = run.out<Images>("train_images").image_id;
  CHECK(held.size(0) == 10);
  CHECK_FALSE(kept.unsqueeze(1).eq(held.unsqueeze(0)).any().item<bool>());
}

TEST_CASE("miyawaki has five figures of eight blocks and holds out whole images", "[io][miyawaki][data]") {
  const auto file = data_file("fmri/miyawaki_V1_mean_figure.mat");
  if (file.empty()) return;
  testing::NodeRun run("io.miyawaki");
  run.set("file", file).set("held_out", 2).run();
  CHECK(run.out<Images>("train_images").size() == 4);
  CHECK(run.out<Betas>("train").trials() == 32);
  CHECK(run.out<Betas>("test").trials() == 8);
  CHECK(run.out<Images>("test_images").size() == 1);
}

TEST_CASE("MNIST test images come from the gzip IDX file with their labels", "[io][idx][data]") {
  const auto images = data_file("images/t10k-images-idx3-ubyte.gz"), labels = data_file("images/t10k-labels-idx1-ubyte.gz");
  if (images.empty() || labels.empty()) return;
  testing::NodeRun run("io.idx");
  const auto digits = run.set("images", images).set("labels", labels).set("digits", {6, 9}).run().out<Images>("images");
  CHECK(digits.size() == 958 + 1009);  // sixes and nines of the MNIST test set
  CHECK(digits.pixels.sizes().slice(1) == at::IntArrayRef({3, 28, 28}));
}

TEST_CASE("a wrong array or file is named", "[io][digit69][data]") {
  const auto other = data_file("fmri/miyawaki_V1_mean_figure.mat");
  if (other.empty()) return;
  testing::NodeRun run("io.digit69");
  CHECK_THROWS_WITH(run.set("file", other).run(), Catch::Matchers::ContainsSubstring("has no array 'fmriTrn'; it holds 'I2', 'R2'"));
  CHECK_THROWS_WITH(run.set("file", other + ".absent").run(), Catch::Matchers::ContainsSubstring("cannot be read as a MATLAB file"));
}

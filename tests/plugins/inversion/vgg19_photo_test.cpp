// The real VGG-19 inverted: a photograph comes back from what relu3_1 says of it, and it is that photograph.
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <cmath>

using namespace bgraph;

namespace {

double correlation(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.flatten() - a.mean(), y = b.flatten() - b.mean();
  return (x.dot(y) / (x.norm() * y.norm())).item<double>();
}

}  // namespace

TEST_CASE("a photograph comes back from relu3_1 of VGG-19", "[inversion][vgg19_photo][data][slow]") {
  const auto data = testing::data_folder();
  if (data.empty()) {
    WARN("skipped: no folder of real weights and photographs (BGRAPH_DATA names it)");
    return;
  }
  testing::NodeRun archive("io.image_archive");
  archive.set("file", (data / "images" / "tiny_imagenet_12k.tar.gz").string()).set("inside", "tiny-imagenet-200/train/");
  const Images photos = archive.set("count", 2).set("size", 64).run().out<Images>("images");
  Model vgg = testing::recipe("features.vgg", {{"convolutions", {2, 2, 4, 4, 4}}, {"batch_norm", false},
                                               {"image_size", 64}, {"taps", {"relu3_1"}}});
  vgg.weights = read_safetensors(data / "weights" / "vgg19_to_relu3_1.safetensors");  // every name has its place
  testing::NodeRun tokens("features.tokens");
  const auto targets = tokens.in("images", photos.rows(0, 1)).in("model", vgg).run().out<Features>("features");
  REQUIRE(targets.layers.at(0).tokens.sizes() == at::IntArrayRef({1, 16 * 16, 256}));
  testing::NodeRun inversion("inversion.dip");
  inversion.in("targets", targets).in("network", vgg).set("iterations", 60).set("decay", 0.9);
  inversion.set("down", {16, 32, 32}).set("up", {16, 32, 32}).set("skip", {4, 4, 4});
  const at::Tensor image = inversion.run().out<Images>("images").pixels[0], truth = photos.unit_range();
  const double own = correlation(image, truth[0]), other = correlation(image, truth[1]);
  INFO("PixCorr with its photograph " << own << ", with another " << other);
  CHECK(own > 0.8);
  CHECK(std::abs(other) < own / 2);
}

#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/images.h>
#include <torch/types.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

Rng rng_of(const char* purpose) { return {26, "test", purpose, 0, 0}; }

Model published(const std::filesystem::path& encoder, const std::filesystem::path& decoder) {
  testing::NodeRun run("diffusion.tiny_autoencoder");
  return run.set("encoder", encoder.string()).set("decoder", decoder.string()).run().out<Model>("model");
}

/// A folder that lives as long as the object.
class Scratch {
 public:
  Scratch() : path_(std::filesystem::temp_directory_path() / ("bgraph_tiny_autoencoder_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A hundred photographs of the Tiny-ImageNet archive, 64 pixels wide, each pixel as a square of 2 x 2.
Images photographs(const std::filesystem::path& archive) {
  const Scratch folder;
  const std::string command = "tar -xzf '" + archive.string() + "' -C '" + folder.path().string() +
                              "' --strip-components=3 --wildcards 'tiny-imagenet-200/val/images/val_1??.JPEG'";
  if (std::system(command.c_str()) != 0) throw Error("cannot unpack " + archive.string(), "is tar installed?");
  testing::NodeRun run("io.image_folder");
  Images images = run.set("folder", folder.path().string()).set("size", 64).run().out<Images>("images");
  images.pixels = at::upsample_nearest2d(images.unit_range(), {128, 128});
  return images;
}

testing::NodeRun autoencoding(const Model& model, const Images& images) {
  testing::NodeRun run("diffusion.autoencode");
  run.in("autoencoder", model).in("images", images);
  return run;
}

Images pictures() {
  return {.pixels = rng_of("images").uniform({3, 3, 16, 24}), .image_id = at::arange(3),
          .category = at::full({3}, -1, at::kLong), .id_space = "some", .split = "validation"};
}

Model fresh(const Json& params = Json::object()) {
  Model model = testing::recipe("diffusion.tiny_autoencoder", params);
  const auto built = testing::build_component<Autoencoder>(model);
  built->initialise(rng_of("weights"));
  model.weights = weights_of(*built);
  return model;
}

}  // namespace

TEST_CASE("a sequence keeps the places of activations, so that published names fit", "[diffusion][tiny_autoencoder]") {
  const auto weights = fresh({{"latent_channels", 32}, {"mid_group_norm", true}}).weights;
  CHECK(weights.size() == 79 + 79);  // as many as the two published files hold
  CHECK(weights.at("encoder.14.weight").sizes() == at::IntArrayRef({32, 64, 3, 3}));
  CHECK(weights.at("encoder.13.pool.3.weight").sizes() == at::IntArrayRef({64, 256, 1, 1}));
  CHECK(weights.at("decoder.1.weight").sizes() == at::IntArrayRef({64, 32, 3, 3}));
  CHECK(weights.at("decoder.19.bias").sizes() == at::IntArrayRef({3}));
  CHECK_FALSE(weights.count("decoder.7.bias"));
}

TEST_CASE("noise does not move the latent of an encoder that gives a point", "[diffusion][tiny_autoencoder]") {
  const auto made = testing::build_component<Autoencoder>(fresh());
  const at::NoGradGuard guard;
  const auto images = pictures().pixels;
  const auto latents = made->encode(images, {});
  REQUIRE(latents.sizes() == at::IntArrayRef({3, 4, 2, 3}));
  CHECK(latents.equal(made->encode(images, rng_of("noise").normal(latents.sizes()))));
  CHECK(made->decode(latents).sizes() == images.sizes());
  CHECK_THROWS_WITH(made->encode(at::zeros({1, 3, 12, 16}), {}), ContainsSubstring("divisible by 8, found [1, 3, 12, 16]"));
}

TEST_CASE("latents far out are bounded before they are decoded", "[diffusion][tiny_autoencoder]") {
  const auto made = testing::build_component<Autoencoder>(fresh());
  const at::NoGradGuard guard;
  const auto far = at::full({1, 4, 2, 2}, 500.0), farther = at::full({1, 4, 2, 2}, 5000.0);  // both become 3
  CHECK(made->decode(far).equal(made->decode(farther)));
}

TEST_CASE("diffusion.autoencode returns the images with their PSNR, and chunks are rows of the whole",
          "[diffusion][autoencode]") {
  auto run = autoencoding(fresh(), pictures());
  const auto whole = run.run().out<Images>("decoded");
  const auto psnr = run.out<Tensor>("psnr");
  CHECK(whole.split == "validation");
  CHECK(whole.pixels.sizes() == at::IntArrayRef({3, 3, 16, 24}));
  const auto error = (whole.pixels - pictures().pixels).square().mean({1, 2, 3});
  CHECK(at::allclose(psnr, -10 * error.log10(), 1e-5));
  CHECK(run.chunk(1, 3).run().out<Images>("decoded").pixels.equal(whole.pixels.slice(0, 1)));
  CHECK(run.set("size", 32).chunk(0, 1).run().out<Images>("decoded").pixels.sizes() == at::IntArrayRef({1, 3, 32, 32}));
}

TEST_CASE("the two files of a network tell its channels and norms", "[diffusion][tiny_autoencoder]") {
  const Scratch folder;
  for (const bool norms : {false, true}) {
    const Model source = fresh({{"latent_channels", 16}, {"mid_group_norm", norms}});
    std::map<std::string, at::Tensor> halves[2];
    for (const auto& [name, tensor] : source.weights) halves[name.starts_with("decoder.")][name.substr(8)] = tensor;
    write_safetensors(folder.path() / "encoder.safetensors", halves[0], {});
    write_safetensors(folder.path() / "decoder.safetensors", halves[1], {});
    const Model read = published(folder.path() / "encoder.safetensors", folder.path() / "decoder.safetensors");
    CHECK(read.params == source.params);
    CHECK(read.weights.size() == source.weights.size());
    CHECK(read.weights.at("decoder.19.bias").equal(source.weights.at("decoder.19.bias")));
  }
}

// Known of the files: about 26 dB at 128 pixels. It depends on how sharp the images are: the same photographs come back
// with 33 dB when they are scaled smoothly, and with 23.5 dB at their own 64 pixels.
TEST_CASE("the published TAEF2 returns photographs of 128 pixels at about 26 dB", "[diffusion][tiny_autoencoder][data]") {
  const auto folder = testing::data_folder();
  if (folder.empty()) {
    WARN("skipped: no folder of data (BGRAPH_DATA names it)");
    return;
  }
  const auto images = photographs(folder / "images" / "tiny_imagenet_12k.tar.gz");
  const auto weights = folder / "weights";
  const Model taef2 = published(weights / "taef2_encoder.safetensors", weights / "taef2_decoder.safetensors");
  CHECK(taef2.params.at("latent_channels") == 32);
  auto run = autoencoding(taef2, images.rows(0, 8));
  const double psnr = run.run().out<Tensor>("psnr").mean().item<double>();
  INFO("mean PSNR " << psnr << " dB");
  CHECK(psnr > 25);
  CHECK(psnr < 28);
  CHECK_THROWS_WITH(published(weights / "taef2_decoder.safetensors", weights / "taef2_encoder.safetensors"),
                    ContainsSubstring("is no decoder of the TAESD family"));
}

// io.image_folder and io.cifar: right pixels from files the test writes, clear words about wrong ones.

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/figure.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>

#include <filesystem>
#include <fstream>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

struct TempFolder {
  fs::path path = fs::temp_directory_path() / ("bgraph_pictures_" + std::to_string(::getpid()));
  TempFolder() { fs::remove_all(path), fs::create_directories(path); }
  ~TempFolder() { fs::remove_all(path); }
  std::string write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << bytes;
    return (path / name).string();
  }
};

at::Tensor picture(int64_t height, int64_t width, int64_t shift) {
  return (at::arange(3 * height * width) * 7 + shift).remainder(251).reshape({3, height, width}).to(at::kByte);
}

std::string record(char label, char first) {
  std::string bytes(1, label);
  for (int i = 0; i < 3072; ++i) bytes.push_back(static_cast<char>(first + i));
  return bytes;
}

}  // namespace

TEST_CASE("pictures of a folder come in order of their names, folders as categories", "[io][image_folder]") {
  const TempFolder folder;
  const at::Tensor cat = picture(8, 8, 1), dog = picture(8, 12, 2), loose = picture(8, 8, 3);
  folder.write("b_dog/1.png", png_of(dog)), folder.write("a_cat/2.png", png_of(cat)), folder.write("c.png", png_of(loose));
  folder.write("notes.txt", "no picture");
  testing::NodeRun run("io.image_folder");
  run.set("folder", folder.path.string()).set("size", 8).set("id_space", "pets").set("split", "external").run();
  const Images images = run.out<Images>("images");
  REQUIRE(images.size() == 3);
  REQUIRE(images.category[0].item<int64_t>() == 0);
  REQUIRE(images.category[1].item<int64_t>() == 1);
  REQUIRE(images.category[2].item<int64_t>() == -1);
  REQUIRE(at::equal(images.pixels[0], cat));
  REQUIRE(at::equal(images.pixels[1], dog.slice(2, 2, 10)));  // the central square
  REQUIRE(images.split == "external");
}

TEST_CASE("pictures may keep their size and be known by the number in their name", "[io][image_folder]") {
  const TempFolder folder;
  folder.write("recon_10.png", png_of(picture(9, 13, 1)));
  folder.write("recon_9.png", png_of(picture(9, 13, 2)));
  testing::NodeRun run("io.image_folder");
  const Images images = run.set("folder", folder.path.string()).set("size", 0).set("ids", "number").run().out<Images>("images");
  CHECK(images.pixels.sizes() == at::IntArrayRef({2, 3, 9, 13}));
  CHECK(images.image_id[0].item<int64_t>() == 10);  // order of names, numbers as ids
  CHECK(images.image_id[1].item<int64_t>() == 9);
  CHECK(images.pixels[1].equal(picture(9, 13, 2)));
  folder.write("other_9.png", png_of(picture(9, 13, 3)));
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("have the same number"));
  folder.write("other_9.png", png_of(picture(8, 13, 3)));
  run.set("ids", "order");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("recon_10.png is 13 x 9 pixels") && ContainsSubstring("other_9.png is 13 x 8"));
}

TEST_CASE("a damaged picture is named", "[io][image_folder]") {
  const TempFolder folder;
  folder.write("good.png", png_of(picture(8, 8, 0)));
  folder.write("torn.png", "not a picture");
  testing::NodeRun run("io.image_folder");
  run.set("folder", folder.path.string());
  REQUIRE_THROWS_WITH(run.run(), ContainsSubstring("torn.png is not a readable picture"));
}

TEST_CASE("an empty folder is an error", "[io][image_folder]") {
  const TempFolder folder;
  testing::NodeRun run("io.image_folder");
  run.set("folder", folder.path.string());
  REQUIRE_THROWS_WITH(run.run(), ContainsSubstring("holds no picture"));
}

TEST_CASE("CIFAR records become planes of red, green and blue", "[io][cifar]") {
  const TempFolder folder;
  testing::NodeRun run("io.cifar");
  run.set("file", folder.write("two.bin", record(3, 5) + record(9, 6))).set("first_id", 40).run();
  const Images images = run.out<Images>("images");
  REQUIRE(images.size() == 2);
  REQUIRE(images.category[1].item<int64_t>() == 9);
  REQUIRE(images.image_id[1].item<int64_t>() == 41);
  REQUIRE(images.pixels[0][1][2][3].item<int64_t>() == (5 + 1024 + 2 * 32 + 3) % 256);
}

TEST_CASE("CIFAR-100 takes the fine label", "[io][cifar]") {
  const TempFolder folder;
  testing::NodeRun run("io.cifar");
  run.set("file", folder.write("one.bin", std::string(1, 4) + record(77, 0))).set("classes", 100).run();
  REQUIRE(run.out<Images>("images").category[0].item<int64_t>() == 77);
  REQUIRE(run.out<Images>("images").id_space == "cifar-100");
}

TEST_CASE("a CIFAR file of wrong size, label or length is refused with numbers", "[io][cifar]") {
  const TempFolder folder;
  testing::NodeRun run("io.cifar");
  run.set("file", folder.write("torn.bin", record(3, 5) + "x"));
  REQUIRE_THROWS_WITH(run.run(), ContainsSubstring("3074 bytes, which is no multiple of a record of 3073"));
  run.set("file", folder.write("label.bin", record(10, 5)));
  REQUIRE_THROWS_WITH(run.run(), ContainsSubstring("record 0: label 10, expected below 10"));
  run.set("file", folder.write("short.bin", record(1, 5))).set("count", 2);
  REQUIRE_THROWS_WITH(run.run(), ContainsSubstring("holds 1 images, expected at least 2"));
  run.set("file", (folder.path / "absent.bin").string());
  REQUIRE_THROWS_WITH(run.run(), ContainsSubstring("absent.bin is not there"));
}

// io.image_folder and io.cifar: right pixels from files the test writes, clear words about wrong ones.
#include "written_files.h"

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
  fs::path path;
  explicit TempFolder(const std::string& name = "pictures") : path(fs::temp_directory_path() / ("bgraph_" + name + "_" + std::to_string(::getpid()))) {
    fs::remove_all(path), fs::create_directories(path);
  }
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

TEST_CASE("damaged pictures may be left out, counted and named; the rows of the others keep their ids", "[io][image_folder]") {
  const TempFolder folder;
  folder.write("000000000013.jpg", png_of(picture(8, 8, 1)));
  folder.write("000000000005.JPG", "");
  folder.write("000000000029.png", "not a picture");
  folder.write("000000000031.png", png_of(picture(8, 8, 2)));
  testing::NodeRun run("io.image_folder");
  const Images images = run.set("folder", folder.path.string()).set("size", 8).set("ids", "number").set("broken", "skip").run().out<Images>("images");
  REQUIRE(images.size() == 2);
  CHECK(images.image_id[0].item<int64_t>() == 13);
  CHECK(images.image_id[1].item<int64_t>() == 31);
  CHECK(images.pixels[1].equal(picture(8, 8, 2)));
  REQUIRE(run.warnings().size() == 1);
  CHECK(run.warnings()[0] == "2 of 4 pictures are not readable and are left out, the first is 000000000005.JPG");
}

TEST_CASE("names that are no UTF-8 are read and spelt printably; a link is followed, and one into nothing is named", "[io][image_folder]") {
  const TempFolder folder, elsewhere{"elsewhere"};
  folder.write("set/caf\xe9_1.png", png_of(picture(8, 8, 1)));
  elsewhere.write("2.png", png_of(picture(8, 8, 2)));
  fs::create_symlink(elsewhere.path / "2.png", folder.path / "set/z2.png");
  testing::NodeRun run("io.image_folder");
  const Images images = run.set("folder", (folder.path / "set").string()).set("size", 8).run().out<Images>("images");
  REQUIRE(images.size() == 2);
  CHECK(images.pixels[1].equal(picture(8, 8, 2)));
  folder.write("set/caf\xe9_1.png", "torn");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("caf?_1.png is not a readable picture"));
  fs::remove(folder.path / "set/caf\xe9_1.png");
  fs::remove(elsewhere.path / "2.png");
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("z2.png: No such file"));
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

TEST_CASE("pictures come out of an archive in its order, those inside a folder alone", "[io][image_archive]") {
  const TempFolder folder;
  const at::Tensor first = picture(8, 8, 1), second = picture(12, 8, 2), third = picture(8, 8, 3);
  const std::string end(1024, '\0');
  const std::string file = folder.write("set.tar", testing::tar_entry("train/z.png", png_of(picture(8, 8, 9))) +
                                                       testing::tar_entry("val/b.png", png_of(first)) + testing::tar_entry("val/notes.txt", "no picture") +
                                                       testing::tar_entry("val/a.png", png_of(second)) + testing::tar_entry("val/c.png", png_of(third)) + end);
  testing::NodeRun run("io.image_archive");
  run.set("file", file).set("inside", "val/").set("size", 8).run();
  const Images images = run.out<Images>("images");
  REQUIRE(images.size() == 3);
  CHECK(at::equal(images.pixels[0], first));
  CHECK(at::equal(images.pixels[1], second.slice(1, 2, 10)));  // the central square
  CHECK(images.id_space == "set");
  const Images some = run.set("first", 1).set("count", 1).run().out<Images>("images");
  CHECK((some.size() == 1 && some.image_id[0].item<int64_t>() == 1));
  CHECK(at::equal(some.pixels[0], images.pixels[1]));
  CHECK_THROWS_WITH(run.set("count", 3).run(), ContainsSubstring("holds 2 pictures below 'val/' from number 1 on, expected 3"));
}

TEST_CASE("an archive that is none, ends early or holds a damaged picture is refused", "[io][image_archive]") {
  const TempFolder folder;
  const auto reading = [&](const std::string& bytes) {
    testing::NodeRun run("io.image_archive");
    run.set("file", folder.write("wrong.tar", bytes)).set("size", 8);
    return run;
  };
  CHECK_THROWS_WITH(reading(std::string(2048, 'x')).run(), ContainsSubstring("file is none, or damaged: a header whose sum does not fit, expected a tar archive"));
  const std::string entry = testing::tar_entry("a.png", png_of(picture(8, 8, 1)));
  CHECK_THROWS_WITH(reading(entry.substr(0, 600)).run(), ContainsSubstring("the archive is cut off"));
  CHECK_THROWS_WITH(reading(testing::tar_entry("a.png", "no picture") + std::string(1024, '\0')).run(), ContainsSubstring("a.png is not a readable picture"));
  std::string lying = testing::tar_entry("a.png", "x");
  lying.replace(124, 11, "77777777777");
  CHECK_THROWS_WITH(reading(lying).run(), ContainsSubstring("whose sum does not fit"));
}

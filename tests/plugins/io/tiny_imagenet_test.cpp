// io.tiny_imagenet on a small set of its layout.
#include "written_files.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/figure.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

at::Tensor picture(int64_t shift) { return (at::arange(192) * 5 + shift).remainder(253).reshape({3, 8, 8}).to(at::kByte); }

/// Two classes, the first of wnids.txt the last by name; boxes and words as in the archive.
struct Small {
  testing::ScratchFolder folder;
  Small() {
    testing::write_text(folder.file("wnids.txt"), "n02\nn01\n");
    for (int i : {0, 1, 10}) testing::write_text(folder.file("train/n01/images/n01_" + std::to_string(i) + ".JPEG"), png_of(picture(i)));
    for (int i : {0, 1}) testing::write_text(folder.file("train/n02/images/n02_" + std::to_string(i) + ".JPEG"), png_of(picture(50 + i)));
    testing::write_text(folder.file("train/n01/n01_boxes.txt"), "n01_0.JPEG\t0\t62\t0\t62\n");
    testing::write_text(folder.file("val/val_annotations.txt"), "val_1.JPEG\tn02\t0\t0\t62\t62\r\nval_0.JPEG\tn01\t4\t5\t6\t7\r\n");
    for (int i : {0, 1}) testing::write_text(folder.file("val/images/val_" + std::to_string(i) + ".JPEG"), png_of(picture(90 + i)));
  }
  testing::NodeRun reading(const std::string& part) const {
    testing::NodeRun run("io.tiny_imagenet");
    run.set("folder", folder.path.string()).set("part", part).set("size", 8);
    return run;
  }
};

}  // namespace

TEST_CASE("training pictures come class by class in the order of wnids.txt, validation pictures by annotation", "[io][tiny_imagenet]") {
  const Small small;
  const auto train = small.reading("train").run().out<Images>("images");
  CHECK(train.category.equal(at::tensor({0, 0, 1, 1, 1}, at::kLong)));
  CHECK(train.pixels[0].equal(picture(50)));
  CHECK(train.pixels[4].equal(picture(10)));  // n01_10 after n01_1: by bytes of the name
  CHECK(train.id_space == "tiny-imagenet-train");
  const auto val = small.reading("val").run().out<Images>("images");
  CHECK(val.category.equal(at::tensor({1, 0}, at::kLong)));
  CHECK(val.pixels[1].equal(picture(91)));
  const auto first = small.reading("train").set("per_class", 1).run().out<Images>("images");
  CHECK(first.category.equal(at::tensor({0, 1}, at::kLong)));
}

TEST_CASE("a Tiny ImageNet that is not whole is named", "[io][tiny_imagenet]") {
  const Small small;
  testing::write_text(small.folder.file("val/images/val_7.JPEG"), png_of(picture(7)));
  CHECK_THROWS_WITH(small.reading("val").run(), ContainsSubstring("val_annotations.txt: 'val_7.JPEG' is missing, expected there, as the picture is"));
  testing::write_text(small.folder.file("val/val_annotations.txt"), "val_0.JPEG\tn09\t0\t0\t1\t1\n");
  CHECK_THROWS_WITH(small.reading("val").run(), ContainsSubstring("class of 'val_0.JPEG' is 'n09', expected one of wnids.txt"));
  testing::write_text(small.folder.file("val/val_annotations.txt"), "val_0.JPEG n01\n");
  CHECK_THROWS_WITH(small.reading("val").run(), ContainsSubstring("expected file, tab, class"));
  testing::write_text(small.folder.file("wnids.txt"), "n02\nn03\n");
  CHECK_THROWS_WITH(small.reading("train").run(), ContainsSubstring("train/n03/images is no folder"));
  testing::write_text(small.folder.file("wnids.txt"), "n02\nn02\n");
  CHECK_THROWS_WITH(small.reading("train").run(), ContainsSubstring("class 'n02' is there twice"));
}

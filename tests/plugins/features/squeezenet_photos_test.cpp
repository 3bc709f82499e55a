// Real SqueezeNet weights on real photographs: the whole way from JPEG to class, with colours in the right order.
//
// Tiny-ImageNet's 200 classes are among ImageNet's 1000; its pictures have 64 x 64 pixels, so the network, trained at
// 224, knows far fewer of them than the 58 % of full pictures: about 13 %, and about 3 % with red and blue swapped.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace bgraph;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kPictures = 400;

/// ImageNet's class numbers of Tiny-ImageNet's classes, both in the order of their WordNet ids.
constexpr std::array<int64_t, 200> kClass = {
    1, 25, 30, 32, 50, 61, 69, 71, 75, 76, 79, 99, 105, 107, 109, 113, 114, 115, 122, 123, 128, 145, 146, 149, 151,
    187, 207, 208, 235, 267, 281, 283, 285, 286, 291, 294, 301, 308, 309, 311, 313, 314, 315, 319, 323, 325, 329,
    338, 341, 345, 347, 349, 353, 354, 365, 367, 372, 386, 387, 398, 400, 406, 411, 414, 421, 424, 425, 427, 430,
    435, 436, 437, 438, 440, 445, 447, 448, 457, 458, 462, 463, 466, 467, 470, 471, 474, 480, 485, 488, 492, 496,
    500, 508, 509, 511, 517, 525, 526, 532, 542, 543, 557, 562, 565, 567, 568, 570, 573, 576, 604, 605, 612, 614,
    619, 621, 625, 627, 635, 645, 652, 655, 675, 677, 678, 682, 683, 687, 704, 707, 716, 720, 731, 733, 734, 735,
    737, 739, 744, 747, 758, 760, 761, 765, 768, 774, 779, 781, 786, 801, 806, 808, 811, 815, 817, 821, 826, 837,
    839, 842, 845, 849, 850, 853, 862, 866, 873, 874, 877, 879, 887, 888, 890, 899, 900, 909, 910, 917, 923, 924,
    928, 929, 932, 935, 938, 945, 947, 950, 951, 954, 957, 962, 963, 964, 967, 970, 972, 973, 975, 978, 988};

struct Photos {
  at::Tensor pixels;  // [N, 3, 64, 64] in [0, 1]
  at::Tensor truth;   // [N] ImageNet class
};

/// Unpacks the validation pictures and reads the first of them.
Photos photos(const fs::path& archive, const fs::path& folder) {
  fs::create_directories(folder);
  const std::string unpack = "tar -xzf '" + archive.string() + "' -C '" + folder.string() +
                             "' tiny-imagenet-200/val tiny-imagenet-200/wnids.txt";
  REQUIRE(std::system(unpack.c_str()) == 0);
  const fs::path root = folder / "tiny-imagenet-200";
  std::vector<std::string> ids;
  std::ifstream all_ids(root / "wnids.txt");
  for (std::string id; all_ids >> id;) ids.push_back(id);
  REQUIRE(ids.size() == kClass.size());
  std::sort(ids.begin(), ids.end());
  std::map<std::string, int64_t> class_of;  // file -> class
  std::ifstream annotations(root / "val" / "val_annotations.txt");
  for (std::string file, id, box; annotations >> file >> id && std::getline(annotations, box);)
    class_of[file] = kClass.at(static_cast<size_t>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin()));

  testing::NodeRun run("io.image_folder");
  const Images read = run.set("folder", (root / "val" / "images").string()).set("size", 64).run().out<Images>("images");
  std::vector<std::string> names;  // the node takes them in this order
  for (const auto& entry : fs::directory_iterator(root / "val" / "images")) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  std::vector<int64_t> truth;
  for (int64_t i = 0; i < kPictures; ++i) truth.push_back(class_of.at(names.at(static_cast<size_t>(i))));
  return {read.rows(0, kPictures).unit_range(), at::tensor(truth)};
}

struct Hits {
  double top1, top5;
};

Hits classified(ImageBackbone& network, const at::Tensor& pixels, const at::Tensor& truth) {
  constexpr int64_t kBatch = 50;
  int64_t first = 0, five = 0;
  for (int64_t from = 0; from < pixels.size(0); from += kBatch) {
    const at::Tensor large = at::upsample_bilinear2d(pixels.slice(0, from, from + kBatch), {224, 224}, false);
    const at::Tensor logits = network.forward(large)[0].tokens.squeeze(1);  // [B, 1000]
    const at::Tensor hit = std::get<1>(logits.topk(5, 1)).eq(truth.slice(0, from, from + kBatch).unsqueeze(1));
    first += hit.select(1, 0).sum().item<int64_t>();
    five += hit.sum().item<int64_t>();
  }
  const auto count = static_cast<double>(pixels.size(0));
  return {static_cast<double>(first) / count, static_cast<double>(five) / count};
}

/// Three standard deviations of a proportion measured on these pictures.
double tolerance(double proportion) { return 3 * std::sqrt(proportion * (1 - proportion) / kPictures); }

}  // namespace

TEST_CASE("SqueezeNet knows small photographs as often as measured, and far fewer in wrong colours",
          "[features][squeezenet_photos][data][slow]") {
  const fs::path data = testing::data_folder();
  if (data.empty()) {
    WARN("skipped: no folder of real weights and photographs (BGRAPH_DATA names it)");
    return;
  }
  Model model = testing::recipe("features.squeezenet", Json::object());
  model.weights = read_safetensors(data / "weights" / "squeezenet1_1.safetensors");  // float16 into float32
  const auto network = testing::build_component<ImageBackbone>(model);
  const fs::path folder = fs::temp_directory_path() / ("squeezenet_photos_" + std::to_string(getpid()));
  const Photos seen = photos(data / "images" / "tiny_imagenet_12k.tar.gz", folder);
  fs::remove_all(folder);

  const at::NoGradGuard no_grad;
  const Hits right = classified(*network, seen.pixels, seen.truth);
  const Hits swapped = classified(*network, seen.pixels.flip(1), seen.truth);
  INFO("top-1 " << right.top1 << ", top-5 " << right.top5 << ", swapped colours " << swapped.top1);
  CHECK(std::abs(right.top1 - 0.13) < tolerance(0.13));
  CHECK(std::abs(right.top5 - 0.28) < tolerance(0.28));
  CHECK(std::abs(swapped.top1 - 0.03) < tolerance(0.03));
}

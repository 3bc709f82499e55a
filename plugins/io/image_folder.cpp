// io.image_folder: every picture of a folder, cut to a square and brought to one size.
//
// Files are taken in the order of their names (bytes), so the same folder is the same set everywhere; folders inside
// it are categories, numbered in that order. Pictures straight in the folder have category -1.
// A picture is cut to its central square and resized by area averaging; size = 0 takes pictures as they are, all of one
// size. image_id counts from 0 in that order, with ids = "number" is the last number in a picture's name, with ids = "imagenet"
// 10^6 times its class plus its number (n01518878_5958.JPEG -> 1518878005958, as io.bdata numbers Generic Object Decoding). The id
// space is the folder's name, unless `id_space` says otherwise. Links are followed; one
// that leads nowhere is a file that cannot be read.
//
// Errors: no folder, no picture in it, pictures of two sizes where size = 0, a name without number or a number twice where
// ids = "number"; a file that is no readable picture (named), unless broken = "skip" leaves such out and says how many.
//
//   [nodes.photos]
//   type   = "io.image_folder"
//   folder = "${data}/coco/unlabeled2017"
//   size   = 256
//   ids    = "number"        # 000000000013.jpg -> 13
//   broken = "skip"

#include "number_in_name.h"
#include "picture.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace bgraph::io {

namespace {

namespace fs = std::filesystem;

struct Picture {
  fs::path file;
  int64_t category = -1;
};

std::vector<Picture> pictures_in(const fs::path& folder) {
  std::vector<Picture> pictures;
  int64_t category = 0;
  for (const auto& entry : sorted_entries(folder)) {
    if (!fs::is_directory(entry)) {
      if (is_picture(entry.string())) pictures.push_back({entry});
      continue;
    }
    for (const auto& file : sorted_entries(entry))
      if (is_picture(file.string())) pictures.push_back({file, category});
    ++category;
  }
  return pictures;
}

/// "n01518878_5958.JPEG" -> 1518878005958; -1 for another form.
int64_t imagenet_number(const fs::path& file) {
  const std::string stem = file.stem().string();
  const size_t dash = stem.find('_');
  if (stem.empty() || stem[0] != 'n' || dash == std::string::npos) return -1;
  const int64_t category = number_in_name(stem.substr(0, dash)), number = number_in_name(stem.substr(dash));
  return category < 0 || category >= 100'000'000 || number < 0 || number >= 1'000'000 ? -1 : category * 1'000'000 + number;
}

}  // namespace

struct ImageFolderParams {
  Folder folder;
  int64_t size = 32;
  std::string ids = "order";
  std::string broken = "refuse";
  std::string id_space;
  std::string split;

  template <class Visitor>
  void visit(Visitor& field) {
    field("folder", folder, required(), "folder of pictures, or of folders of pictures (= categories)");
    field("size", size, at_least(0), "height and width of the result, pixels; 0 = as they are");
    field("ids", ids, one_of({"order", "number", "imagenet"}), "what a picture is known by: its place, the last number in its name, or its ImageNet name");
    field("broken", broken, one_of({"refuse", "skip"}), "what happens to a file that is no readable picture");
    field("id_space", id_space, any(), "numbering the ids belong to; empty = name of the folder");
    field("split", split, one_of({"", "train", "validation", "test", "external"}), "what the pictures may be used for");
  }
};

class ImageFolder final : public Node {
 public:
  explicit ImageFolder(ImageFolderParams params) : params_(std::move(params)) {}

  Out<Images> images{this, "images", "pictures, uint8 RGB; category = folder inside the folder"};

  void run(Context& ctx) override {
    const fs::path folder = params_.folder.path;
    if (!fs::is_directory(folder)) throw Error(printable(folder.string()) + " is not a folder");
    const auto pictures = pictures_in(folder);
    if (pictures.empty())
      throw Error(printable(folder.string()) + " holds no picture", "expected PNG, JPEG, BMP, PPM, TIFF or WebP files");
    const auto count = static_cast<int64_t>(pictures.size());
    const at::Tensor numbers = params_.ids != "order" ? numbers_of(pictures) : at::arange(count, at::TensorOptions().dtype(at::kLong));
    at::Tensor pixels;
    std::vector<int64_t> ids, categories;
    std::vector<std::string> broken;
    for (int64_t i = 0; i < count; ++i) {
      ctx.stop_if_cancelled();
      const Picture& picture = pictures[static_cast<size_t>(i)];
      cv::Mat read;
      try {
        read = decode_picture(picture_bytes(picture.file), picture.file.string());
      } catch (const Error&) {
        if (params_.broken == "refuse") throw;
        broken.push_back(printable(picture.file.lexically_relative(folder).string()));
        continue;
      }
      if (params_.size > 0) read = square_of(read, params_.size);
      if (ids.empty()) pixels = at::empty({count, 3, read.rows, read.cols}, at::TensorOptions().dtype(at::kByte));
      else require_size(read, pixels, picture.file, pictures.front().file);
      copy_planes(read, pixels.data_ptr<uint8_t>() + static_cast<int64_t>(ids.size()) * 3 * read.rows * read.cols);
      ids.push_back(numbers[i].item<int64_t>());
      categories.push_back(picture.category);
    }
    if (ids.empty()) throw Error(printable(folder.string()) + " holds no readable picture");
    if (!broken.empty()) ctx.warn(std::to_string(broken.size()) + " of " + std::to_string(count) + " pictures are not readable and are left out, the first is " + broken.front());
    images = Images{pixels.slice(0, 0, static_cast<int64_t>(ids.size())), at::tensor(ids), at::tensor(categories),
                    params_.id_space.empty() ? printable(fs::absolute(folder).lexically_normal().filename().string()) : params_.id_space, params_.split};
  }

 private:
  static void require_size(const cv::Mat& read, const at::Tensor& pixels, const fs::path& file, const fs::path& first) {
    if (read.rows == pixels.size(2) && read.cols == pixels.size(3)) return;
    throw Error(printable(file.string()) + " is " + std::to_string(read.cols) + " x " + std::to_string(read.rows) + " pixels, " + printable(first.string()) +
                    " is " + std::to_string(pixels.size(3)) + " x " + std::to_string(pixels.size(2)),
                "give `size`, or bring the pictures to one size");
  }

  at::Tensor numbers_of(const std::vector<Picture>& pictures) const {
    std::map<int64_t, fs::path> file_of;
    std::vector<int64_t> numbers;
    for (const auto& picture : pictures) {
      numbers.push_back(params_.ids == "number" ? number_in_name(picture.file) : imagenet_number(picture.file));
      if (numbers.back() < 0) throw Error(printable(picture.file.string()) + " has no number in its name", "set ids = \"order\"");
      const auto [known, fresh] = file_of.emplace(numbers.back(), picture.file);
      if (!fresh)
        throw Error(printable(known->second.string()) + " and " + printable(picture.file.string()) + " have the same number", "set ids = \"order\"");
    }
    return at::tensor(numbers);
  }

  ImageFolderParams params_;
};

BGRAPH_NODE(ImageFolder, "io.image_folder")

}  // namespace bgraph::io

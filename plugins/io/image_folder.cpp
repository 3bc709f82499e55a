// io.image_folder: every picture of a folder, cut to a square and brought to one size.
//
// Files are taken in the order of their names (bytes), so the same folder is the same set everywhere; folders inside
// it are categories, numbered in that order. Pictures straight in the folder have category -1.
// A picture is cut to its central square and resized by area averaging; size = 0 takes pictures as they are, all of one
// size. image_id counts from 0 in that order, or with ids = "number" is the last number in a picture's name. The id
// space is the folder's name, unless `id_space` says otherwise.
//
// Errors: no folder, no picture in it, a file that is no readable picture (named), pictures of two sizes where size = 0,
// a name without number or a number twice where ids = "number".
//
//   [nodes.photos]
//   type   = "io.image_folder"
//   folder = "photos"
//   size   = 32

#include "picture.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace bgraph::io {

namespace {

namespace fs = std::filesystem;

struct Picture {
  fs::path file;
  int64_t category = -1;
};

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

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

/// The last number in a file's name, "recon_0123.png" -> 123; -1 if there is none, or more than an id can hold.
int64_t number_in(const fs::path& file) {
  const std::string stem = file.stem().string();
  const size_t last = stem.find_last_of("0123456789");
  if (last == std::string::npos) return -1;
  const size_t before = stem.find_last_not_of("0123456789", last);
  const size_t first = before == std::string::npos ? 0 : before + 1;
  return last - first < 18 ? std::stoll(stem.substr(first, last + 1 - first)) : -1;
}

std::vector<uint8_t> bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

struct ImageFolderParams {
  Folder folder;
  int64_t size = 32;
  std::string ids = "order";
  std::string id_space;
  std::string split;

  template <class Visitor>
  void visit(Visitor& field) {
    field("folder", folder, required(), "folder of pictures, or of folders of pictures (= categories)");
    field("size", size, at_least(0), "height and width of the result, pixels; 0 = as they are");
    field("ids", ids, one_of({"order", "number"}), "what a picture is known by: its place, or the last number in its name");
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
    if (!fs::is_directory(folder)) throw Error(folder.string() + " is not a folder");
    const auto pictures = pictures_in(folder);
    if (pictures.empty())
      throw Error(folder.string() + " holds no picture", "expected PNG, JPEG, BMP, PPM, TIFF or WebP files");
    const auto count = static_cast<int64_t>(pictures.size());
    Images all{{}, params_.ids == "number" ? numbers_of(pictures) : at::arange(count, at::TensorOptions().dtype(at::kLong)), {},
               params_.id_space.empty() ? fs::absolute(folder).lexically_normal().filename().string() : params_.id_space,
               params_.split};
    std::vector<int64_t> categories;
    for (int64_t i = 0; i < count; ++i) {
      ctx.stop_if_cancelled();
      const Picture& picture = pictures[static_cast<size_t>(i)];
      cv::Mat read = decode_picture(bytes_of(picture.file), picture.file.string());
      if (params_.size > 0) read = square_of(read, params_.size);
      if (i == 0) all.pixels = at::empty({count, 3, read.rows, read.cols}, at::TensorOptions().dtype(at::kByte));
      else require_size(read, all.pixels, picture.file, pictures.front().file);
      copy_planes(read, all.pixels.data_ptr<uint8_t>() + i * 3 * read.rows * read.cols);
      categories.push_back(picture.category);
    }
    all.category = at::tensor(categories);
    images = all;
  }

 private:
  static void require_size(const cv::Mat& read, const at::Tensor& pixels, const fs::path& file, const fs::path& first) {
    if (read.rows == pixels.size(2) && read.cols == pixels.size(3)) return;
    throw Error(file.string() + " is " + std::to_string(read.cols) + " x " + std::to_string(read.rows) + " pixels, " + first.string() +
                    " is " + std::to_string(pixels.size(3)) + " x " + std::to_string(pixels.size(2)),
                "give `size`, or bring the pictures to one size");
  }

  static at::Tensor numbers_of(const std::vector<Picture>& pictures) {
    std::map<int64_t, fs::path> file_of;
    std::vector<int64_t> numbers;
    for (const auto& picture : pictures) {
      numbers.push_back(number_in(picture.file));
      if (numbers.back() < 0) throw Error(picture.file.string() + " has no number in its name", "set ids = \"order\"");
      const auto [known, fresh] = file_of.emplace(numbers.back(), picture.file);
      if (!fresh)
        throw Error(known->second.string() + " and " + picture.file.string() + " have the same number", "set ids = \"order\"");
    }
    return at::tensor(numbers);
  }

  ImageFolderParams params_;
};

BGRAPH_NODE(ImageFolder, "io.image_folder")

}  // namespace bgraph::io

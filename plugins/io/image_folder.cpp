// io.image_folder: every picture of a folder, cut to a square and brought to one size.
//
// Files are taken in the order of their names (bytes), so the same folder is the same set everywhere; folders inside
// it are categories, numbered in that order. Pictures straight in the folder have category -1.
// A picture is cut to its central square and resized by area averaging. image_id counts from 0; the id space is the
// folder's name, unless `id_space` says otherwise.
//
// Errors: no folder, no picture in it, a file that is no readable picture (named).
//
//   [nodes.photos]
//   type   = "io.image_folder"
//   folder = "photos"
//   size   = 32

#include "square_picture.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

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

std::vector<uint8_t> bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

struct ImageFolderParams {
  Folder folder;
  int64_t size = 32;
  std::string id_space;
  std::string split;

  template <class Visitor>
  void visit(Visitor& field) {
    field("folder", folder, required(), "folder of pictures, or of folders of pictures (= categories)");
    field("size", size, at_least(8), "height and width of the result, pixels");
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
    Images all{at::empty({count, 3, params_.size, params_.size}, at::TensorOptions().dtype(at::kByte)),
               at::arange(count, at::TensorOptions().dtype(at::kLong)), {},
               params_.id_space.empty() ? fs::absolute(folder).lexically_normal().filename().string() : params_.id_space,
               params_.split};
    std::vector<int64_t> categories;
    for (int64_t i = 0; i < count; ++i) {
      ctx.stop_if_cancelled();
      const Picture& picture = pictures[static_cast<size_t>(i)];
      read_square(bytes_of(picture.file), picture.file.string(), params_.size,
                  all.pixels.data_ptr<uint8_t>() + i * 3 * params_.size * params_.size);
      categories.push_back(picture.category);
    }
    all.category = at::tensor(categories);
    images = all;
  }

 private:
  ImageFolderParams params_;
};

BGRAPH_NODE(ImageFolder, "io.image_folder")

}  // namespace bgraph::io

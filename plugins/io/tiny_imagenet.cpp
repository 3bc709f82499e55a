// io.tiny_imagenet: Tiny ImageNet as it is unpacked: 200 classes of 64 x 64 pictures.
//
//   wnids.txt                                    one class a line: its place is the category
//   train/<wnid>/images/<wnid>_<number>.JPEG     split train
//   val/images/val_<number>.JPEG                 split validation; val/val_annotations.txt: file, class, box, tab-separated
//
// Pictures come class by class, within a class by name, in training; by name in validation, where the annotations decide the class.
// image_id counts in that order; the id space is "tiny-imagenet-train" or "tiny-imagenet-val". `per_class` takes the first so many
// of every class. The pictures of test/ have no classes: io.image_folder reads them.
//
// Errors: a class without folder or without pictures, a picture that the annotations do not name or name twice, a class that is not
// in wnids.txt, a file that is no readable picture (named). ImageNet's terms: research, not commercial.
// Source: Stanford CS231n, Tiny ImageNet; Deng et al. 2009 for ImageNet.
//
//   [nodes.photos]
//   type   = "io.tiny_imagenet"
//   folder = "${data}/tiny-imagenet-200"
//   part   = "train"
//   per_class = 50

#include "picture.h"

#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <filesystem>
#include <map>

namespace bgraph::io {

namespace {

namespace fs = std::filesystem;

struct Picture {
  fs::path file;
  int64_t category = 0;
};

std::string text_of(const fs::path& file) {
  const MappedFile whole(file.string());
  return {reinterpret_cast<const char*>(whole.bytes().data()), whole.bytes().size()};
}

/// Cells of a line, which tabs part.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char letter : line)
    if (letter == '\t') cells.emplace_back();
    else if (letter != '\r') cells.back() += letter;
  return cells;
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  std::string line;
  for (const char letter : text_of(file) + "\n")
    if (letter != '\n') line += letter;
    else if (!line.empty()) lines.push_back(std::move(line)), line.clear();
  return lines;
}

/// Class -> its place in wnids.txt.
std::map<std::string, int64_t> classes_of(const fs::path& file) {
  std::map<std::string, int64_t> classes;
  for (const auto& line : lines_of(file)) {
    const std::string wnid = cells_of(line)[0];
    if (!classes.emplace(wnid, static_cast<int64_t>(classes.size())).second) throw wrong_file(file, "class '" + printable(wnid) + "'", "there once", "there twice");
  }
  if (classes.empty()) throw wrong_file(file, "file", "a class a line", "empty");
  return classes;
}

std::vector<fs::path> pictures_in(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw Error(printable(folder.string()) + " is no folder", "is the archive unpacked whole?");
  std::vector<fs::path> pictures;
  for (const auto& file : sorted_entries(folder))
    if (is_picture(file.string())) pictures.push_back(file);
  if (pictures.empty()) throw Error(printable(folder.string()) + " holds no picture");
  return pictures;
}

}  // namespace

struct TinyImagenetParams {
  Folder folder;
  std::string part = "train";
  int64_t per_class = 0, size = 64;
  std::string split;

  template <class Visitor>
  void visit(Visitor& field) {
    field("folder", folder, reads({"wnids.txt", "{part=train}train/*/images/*", "{part=val}val/images/*", "{part=val}val/val_annotations.txt"}),
          "the unpacked archive: train/, val/, wnids.txt");
    field("part", part, one_of({"train", "val"}), "which of its parts");
    field("per_class", per_class, at_least(0), "first pictures of every class; 0 = all");
    field("size", size, at_least(8), "height and width of the result, pixels");
    field("split", split, one_of({"", "train", "validation", "test", "external"}), "what the pictures may be used for");
  }
};

class TinyImagenet final : public Node {
 public:
  explicit TinyImagenet(TinyImagenetParams params) : params_(std::move(params)) {}

  Out<Images> images{this, "images", "pictures, uint8 RGB; category = place of the class in wnids.txt"};

  void run(Context& ctx) override {
    const auto pictures = chosen(params_.part == "train" ? training() : validation());
    const auto count = static_cast<int64_t>(pictures.size()), plane = params_.size * params_.size;
    at::Tensor pixels = at::empty({count, 3, params_.size, params_.size}, at::kByte);
    std::vector<int64_t> categories;
    for (int64_t i = 0; i < count; ++i) {
      ctx.stop_if_cancelled();
      const auto& picture = pictures[static_cast<size_t>(i)];
      const cv::Mat read = decode_picture(picture_bytes(picture.file), picture.file.string());
      copy_planes(square_of(read, params_.size), pixels.data_ptr<uint8_t>() + i * 3 * plane);
      categories.push_back(picture.category);
      ctx.progress(i + 1, count);
    }
    images = {pixels, at::arange(count, at::kLong), at::tensor(categories, at::kLong), "tiny-imagenet-" + params_.part, params_.split};
  }

 private:
  fs::path folder() const { return params_.folder.path; }

  std::vector<Picture> training() const {
    const auto classes = classes_of(folder() / "wnids.txt");
    std::vector<std::string> in_order(classes.size());
    for (const auto& [wnid, place] : classes) in_order[static_cast<size_t>(place)] = wnid;
    std::vector<Picture> pictures;
    for (size_t place = 0; place < in_order.size(); ++place)
      for (const auto& file : pictures_in(folder() / "train" / in_order[place] / "images")) pictures.push_back({file, static_cast<int64_t>(place)});
    return pictures;
  }

  std::vector<Picture> validation() const {
    const auto classes = classes_of(folder() / "wnids.txt");
    const fs::path annotations = folder() / "val/val_annotations.txt";
    std::map<std::string, int64_t> class_of;
    for (const auto& line : lines_of(annotations)) {
      const auto cells = cells_of(line);
      if (cells.size() < 2) throw wrong_file(annotations, "line '" + printable(line) + "'", "file, tab, class", "one word");
      const auto known = classes.find(cells[1]);
      if (known == classes.end()) throw wrong_file(annotations, "class of '" + printable(cells[0]) + "'", "one of wnids.txt", "'" + printable(cells[1]) + "'");
      if (!class_of.emplace(cells[0], known->second).second) throw wrong_file(annotations, "'" + printable(cells[0]) + "'", "there once", "there twice");
    }
    std::vector<Picture> pictures;
    for (const auto& file : pictures_in(folder() / "val/images")) {
      const auto named = class_of.find(file.filename().string());
      if (named == class_of.end()) throw wrong_file(annotations, "'" + printable(file.filename().string()) + "'", "there, as the picture is", "missing");
      pictures.push_back({file, named->second});
    }
    return pictures;
  }

  std::vector<Picture> chosen(std::vector<Picture> pictures) const {
    if (params_.per_class == 0) return pictures;
    std::map<int64_t, int64_t> taken;
    std::erase_if(pictures, [&](const Picture& picture) { return taken[picture.category]++ >= params_.per_class; });
    return pictures;
  }

  TinyImagenetParams params_;
};

BGRAPH_NODE(TinyImagenet, "io.tiny_imagenet")

}  // namespace bgraph::io

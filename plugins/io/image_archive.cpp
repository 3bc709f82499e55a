// io.image_archive: pictures of a tar archive, plain or gzip-compressed, without unpacking it.
//
// Files whose path begins with `inside` are taken in the archive's order, from the `first` on, `count` of them
// (0 = all). Each is cut to its central square and resized by area averaging. image_id is the picture's number among
// those inside; the id space is the archive's name without its endings, unless `id_space` says otherwise.
// Categories are -1: an archive does not say which of its folders mean one.
//
// Errors: no tar archive, a damaged header or an archive that ends early; fewer pictures than asked for; a file that
// is no readable picture, or is larger than 64 MB (named).
// Source: the ustar format of POSIX.1; long GNU names are understood.
//
//   [nodes.photos]
//   type   = "io.image_archive"
//   file   = "${data}/images/tiny_imagenet_12k.tar.gz"
//   inside = "tiny-imagenet-200/val/"
//   count  = 8
//   size   = 64

#include "picture.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <zlib.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

#include <array>
#include <filesystem>

namespace bgraph::io {

namespace {

constexpr size_t kBlock = 512;
constexpr uint64_t kLargest = 64 << 20;  // bytes of one picture

/// Reads a tar archive entry by entry.
class TarReader {
 public:
  explicit TarReader(std::string path) : path_(std::move(path)), file_(gzopen(path_.c_str(), "rb")) {
    if (!file_) throw Error("cannot read " + path_);
  }
  ~TarReader() { gzclose_r(file_); }
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  /// Moves to the next regular file; false at the end of the archive.
  bool next() {
    std::string long_name;
    for (skip(); read(header_.data(), kBlock, /*may_end=*/true); skip()) {
      if (header_[0] == 0) return false;  // blocks of zeros end the archive
      check();
      size_ = octal(124, 12);
      left_ = (size_ + kBlock - 1) / kBlock * kBlock;
      const char kind = header_[156];
      if (kind == 'L') {  // the name of the entry that follows
        const auto bytes = content();
        long_name.assign(bytes.begin(), bytes.end());
        long_name = long_name.c_str();  // up to its zero
        continue;
      }
      const std::string prefix = text(257, 5) == "ustar" ? text(345, 155) : "";
      name_ = !long_name.empty() ? long_name : prefix.empty() ? text(0, 100) : prefix + "/" + text(0, 100);
      long_name.clear();
      if (kind == '0' || kind == 0) return true;
    }
    return false;
  }

  const std::string& name() const { return name_; }

  std::vector<uint8_t> content() {
    if (size_ > kLargest)
      throw Error(path_ + ": '" + text(0, 100) + "' has " + std::to_string(size_) + " bytes, too many for a picture");
    std::vector<uint8_t> bytes(size_);
    read(bytes.data(), bytes.size(), false);
    left_ -= size_;
    return bytes;
  }

 private:
  bool read(void* to, size_t count, bool may_end) {
    const int got = gzread(file_, to, static_cast<unsigned>(count));
    if (got == 0 && may_end && gzeof(file_)) return false;
    if (got < 0 || static_cast<size_t>(got) != count) throw Error(path_ + " ends early or is damaged");
    return true;
  }

  void skip() {
    for (std::array<char, kBlock> block; left_ > 0; left_ -= std::min<uint64_t>(left_, kBlock))
      read(block.data(), std::min<uint64_t>(left_, kBlock), false);
  }

  /// The header's sum, with its own field counted as spaces.
  void check() const {
    uint64_t sum = 8 * ' ';
    for (size_t i = 0; i < kBlock; ++i)
      if (i < 148 || i >= 156) sum += static_cast<uint8_t>(header_[i]);
    if (sum != octal(148, 8)) throw Error(path_ + " is no tar archive, or is damaged", "plain and .gz archives are read");
  }

  std::string text(size_t at, size_t length) const {
    const std::string field(&header_[at], length);
    return field.substr(0, field.find('\0'));
  }

  uint64_t octal(size_t at, size_t length) const {
    uint64_t value = 0;
    for (const char digit : text(at, length))
      if (digit >= '0' && digit <= '7') value = value * 8 + static_cast<uint64_t>(digit - '0');
    return value;
  }

  std::string path_, name_;
  gzFile file_;
  std::array<char, kBlock> header_{};
  uint64_t size_ = 0;  // of the entry's content
  uint64_t left_ = 0;  // of it, padding included, that nobody has read
};

/// "tiny_imagenet_12k.tar.gz" -> "tiny_imagenet_12k"
std::string bare_name(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name.substr(0, name.find('.'));
}

}  // namespace

struct ImageArchiveParams {
  File file;
  std::string inside;
  int64_t first = 0;
  int64_t count = 0;
  int64_t size = 64;
  std::string id_space;
  std::string split;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "tar archive, plain or .gz");
    field("inside", inside, any(), "paths of the pictures begin with this");
    field("first", first, at_least(0), "number of the first picture taken");
    field("count", count, at_least(0), "pictures taken; 0: all that follow");
    field("size", size, at_least(8), "height and width of the result, pixels");
    field("id_space", id_space, any(), "numbering the ids belong to; empty: name of the archive");
    field("split", split, one_of({"", "train", "validation", "test", "external"}), "what the pictures may be used for");
  }
};

class ImageArchive final : public Node {
 public:
  explicit ImageArchive(ImageArchiveParams params) : params_(std::move(params)) {}

  Out<Images> images{this, "images", "pictures, uint8 RGB"};

  void run(Context& ctx) override {
    std::vector<at::Tensor> pixels;
    TarReader archive(params_.file.path);
    for (int64_t number = 0; !enough(pixels) && archive.next();) {
      ctx.stop_if_cancelled();
      if (!archive.name().starts_with(params_.inside) || !is_picture(archive.name())) continue;
      if (number++ < params_.first) continue;
      pixels.push_back(at::empty({3, params_.size, params_.size}, at::TensorOptions().dtype(at::kByte)));
      copy_planes(square_of(decode_picture(archive.content(), archive.name()), params_.size), pixels.back().data_ptr<uint8_t>());
    }
    const auto count = static_cast<int64_t>(pixels.size());
    if (count == 0 || count < params_.count)
      throw Error(params_.file.path + " holds " + std::to_string(count) + " pictures below '" + params_.inside +
                      "' from number " + std::to_string(params_.first) + " on, expected " +
                      (params_.count > 0 ? std::to_string(params_.count) : "some"),
                  "`tar tf` lists the paths inside");
    const auto longs = at::TensorOptions().dtype(at::kLong);
    images = {at::stack(pixels), at::arange(params_.first, params_.first + count, longs),
              at::full({count}, -1, longs), params_.id_space.empty() ? bare_name(params_.file.path) : params_.id_space,
              params_.split};
  }

 private:
  bool enough(const std::vector<at::Tensor>& pixels) const {
    return params_.count > 0 && static_cast<int64_t>(pixels.size()) == params_.count;
  }

  ImageArchiveParams params_;
};

BGRAPH_NODE(ImageArchive, "io.image_archive")

}  // namespace bgraph::io

// io.cifar: images of a CIFAR binary file.
//
// CIFAR-10 record: 1 byte label, 3072 bytes pixels (red plane, green, blue; 32 x 32, rows first): 3073 bytes.
// CIFAR-100 record: 1 byte coarse label, 1 byte fine label, 3072 bytes pixels: 3074 bytes; the category is the fine one.
// image_id = number of the record in the file + first_id, so that files of one set can be told apart.
//
// Errors: no file; a size that is no multiple of the record; a label beyond the set; fewer records than asked for.
// Source: Krizhevsky 2009, "binary version" of the data page.
//
//   [nodes.photos]
//   type  = "io.cifar"
//   file  = "cifar10_train8k.bin"
//   count = 8000

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace bgraph::io {

struct CifarParams {
  File file;
  int64_t classes = 10;
  int64_t count = 0;
  int64_t first_id = 0;
  std::string split;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "binary CIFAR file");
    field("classes", classes, between(10, 100), "10 or 100: which CIFAR, hence which record");
    field("count", count, at_least(0), "records to read from the start; 0 = all");
    field("first_id", first_id, at_least(0), "image id of the first record");
    field("split", split, one_of({"", "train", "validation", "test", "external"}), "what the images may be used for");
  }
};

class Cifar final : public Node {
 public:
  explicit Cifar(CifarParams params) : params_(std::move(params)) {}

  Out<Images> images{this, "images", "32 x 32 uint8 RGB with their class"};

  void run(Context&) override {
    constexpr int64_t kPixels = 3 * 32 * 32;
    const int64_t labels = label_bytes(), record = labels + kPixels, count = records(record);
    std::ifstream in(params_.file.path, std::ios::binary);
    const auto longs = at::TensorOptions().dtype(at::kLong);
    Images all{at::empty({count, 3, 32, 32}, at::TensorOptions().dtype(at::kByte)),
               at::arange(params_.first_id, params_.first_id + count, longs), at::empty({count}, longs),
               params_.classes == 10 ? "cifar-10" : "cifar-100", params_.split};
    std::vector<char> bytes(static_cast<size_t>(record));
    for (int64_t i = 0; i < count; ++i) {
      if (!in.read(bytes.data(), record)) throw Error(params_.file.path + " could not be read at record " + std::to_string(i));
      const int64_t label = static_cast<uint8_t>(bytes[static_cast<size_t>(labels - 1)]);
      if (label >= params_.classes)
        throw Error(params_.file.path + ", record " + std::to_string(i) + ": label " + std::to_string(label) +
                        ", expected below " + std::to_string(params_.classes),
                    "check 'classes': the records of CIFAR-10 and CIFAR-100 differ by one byte");
      all.category.data_ptr<int64_t>()[i] = label;
      std::copy_n(bytes.begin() + labels, kPixels, all.pixels.data_ptr<uint8_t>() + i * kPixels);
    }
    images = all;
  }

 private:
  int64_t label_bytes() const {
    if (params_.classes == 10) return 1;
    if (params_.classes == 100) return 2;
    throw Error("there is CIFAR-10 and CIFAR-100, found classes = " + std::to_string(params_.classes));
  }

  /// How many records to read; checks the size of the file.
  int64_t records(int64_t record) const {
    if (!std::filesystem::is_regular_file(params_.file.path)) throw Error(params_.file.path + " is not there");
    const auto bytes = static_cast<int64_t>(std::filesystem::file_size(params_.file.path));
    if (bytes == 0 || bytes % record != 0)
      throw Error(params_.file.path + " has " + std::to_string(bytes) + " bytes, which is no multiple of a record of " +
                      std::to_string(record),
                  "is this the binary version, complete, and of CIFAR-" + std::to_string(params_.classes) + "?");
    const int64_t found = bytes / record;
    if (params_.count > found)
      throw Error(params_.file.path + " holds " + std::to_string(found) + " images, expected at least " +
                  std::to_string(params_.count));
    return params_.count == 0 ? found : params_.count;
  }

  CifarParams params_;
};

BGRAPH_NODE(Cifar, "io.cifar")

}  // namespace bgraph::io

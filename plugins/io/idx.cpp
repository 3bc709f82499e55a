// io.idx: images of an IDX file (MNIST and its kin), plain or gzip-compressed.
//
//   big-endian: 00 00, type (08 = uint8), number of axes, sizes, data
//
// Grey images become three equal channels. `digits` keeps only these labels; `count` keeps the first so many
// of what is left (0 = all). image_id is the row in the file, in id space `space`.
// Errors: no IDX file, sizes that do not match the file, fewer labels than images.
//
// Source: file format as described with MNIST (LeCun, Cortes & Burges).
//
//   [nodes.digits]
//   type   = "io.idx"
//   images = "${data}/images/t10k-images-idx3-ubyte.gz"
//   labels = "${data}/images/t10k-labels-idx1-ubyte.gz"
//   digits = [6, 9]
//   space  = "mnist-test"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <zlib.h>

#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

namespace bgraph::io {

struct IdxParams {
  File images, labels;
  std::vector<int64_t> digits;
  int64_t count = 0;
  std::string space = "idx";
  std::string split = "external";

  template <class Visitor>
  void visit(Visitor& field) {
    field("images", images, required(), "IDX file with [N, H, W] uint8");
    field("labels", labels, required(), "IDX file with [N] uint8");
    field("digits", digits, between(0, 255), "labels to keep; [] keeps all");
    field("count", count, at_least(0), "images to keep after the choice of labels; 0 keeps all");
    field("space", space, any(), "id space of the images");
    field("split", split, one_of({"train", "validation", "test", "external"}), "split label of the images");
  }
};

namespace {

/// The bytes of a file, decompressed when it is gzip.
std::vector<uint8_t> read_bytes(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (!file) throw Error("cannot read " + path);
  std::vector<uint8_t> bytes;
  uint8_t block[1 << 16];
  int got = 0;
  while ((got = gzread(file, block, sizeof(block))) > 0) bytes.insert(bytes.end(), block, block + got);
  const int status = gzclose_r(file);
  if (got < 0 || status != Z_OK) throw Error(path + " is truncated or damaged gzip data");
  return bytes;
}

/// The array of an IDX file of unsigned bytes with this many axes.
at::Tensor read_idx(const std::string& path, int axes) {
  const auto bytes = read_bytes(path);
  const size_t header = 4 + 4 * static_cast<size_t>(axes);
  if (bytes.size() < header || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != 8 || bytes[3] != axes)
    throw Error(path + " is no IDX file of unsigned bytes with " + std::to_string(axes) + " axes");
  std::vector<int64_t> shape;
  uint64_t total = 1;
  for (size_t axis = 0; axis < static_cast<size_t>(axes); ++axis) {
    const uint8_t* at = &bytes[4 + 4 * axis];
    const uint64_t size = uint64_t{at[0]} << 24 | uint64_t{at[1]} << 16 | uint64_t{at[2]} << 8 | at[3];
    if (__builtin_mul_overflow(total, size, &total)) total = ~uint64_t{0};
    shape.push_back(static_cast<int64_t>(size));
  }
  if (total != bytes.size() - header)
    throw Error(path + " holds " + std::to_string(bytes.size() - header) + " bytes of data, its header says " +
                std::to_string(total));
  return at::from_blob(const_cast<uint8_t*>(bytes.data()) + header, shape, at::TensorOptions().dtype(at::kByte)).clone();
}

}  // namespace

class Idx final : public Node {
 public:
  explicit Idx(IdxParams params) : params_(std::move(params)) {}

  Out<Images> images{this, "images", "the chosen images, three equal channels"};

  void run(Context&) override {
    const at::Tensor pixels = read_idx(params_.images.path, 3);                   // [N, H, W]
    const at::Tensor labels = read_idx(params_.labels.path, 1).to(at::kLong);     // [N]
    if (labels.size(0) != pixels.size(0))
      throw Error(params_.labels.path + " has " + std::to_string(labels.size(0)) + " labels, " + params_.images.path +
                  " has " + std::to_string(pixels.size(0)) + " images");
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < labels.size(0); ++row) {
      const auto label = labels[row].item<int64_t>();
      const bool wanted = params_.digits.empty() ||
                          std::find(params_.digits.begin(), params_.digits.end(), label) != params_.digits.end();
      if (wanted && (params_.count == 0 || static_cast<int64_t>(rows.size()) < params_.count)) rows.push_back(row);
    }
    if (rows.empty()) throw Error(params_.labels.path + " has none of the labels asked for");
    const at::Tensor index = at::tensor(rows);
    const at::Tensor chosen = pixels.index_select(0, index).unsqueeze(1).expand({-1, 3, -1, -1});
    images = Images{chosen.contiguous(), index, labels.index_select(0, index), params_.space, params_.split};
  }

 private:
  IdxParams params_;
};

BGRAPH_NODE(Idx, "io.idx")

}  // namespace bgraph::io

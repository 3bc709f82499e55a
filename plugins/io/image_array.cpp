// io.image_array: pictures from one array in a file, .npy or .safetensors.
//
//   [N, 3, H, W] or [N, H, W, 3], uint8 or numbers in [0, 1]  ->  Images, image_id = place in the array
//
// Reconstructions are often kept so. Numbers a little outside [0, 1] (rounding, at most .001) are cut; anything further
// outside, or NaN, is refused: the array is then not what it is taken for. The id space is the file's name, unless
// `id_space` says otherwise.
//
//   [nodes.recons]
//   type = "io.image_array"
//   file = "all_recons.safetensors"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/npy.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>

#include <cmath>
#include <filesystem>

namespace bgraph::io {

struct ImageArrayParams {
  File file;
  std::string tensor;
  std::string id_space;
  std::string split;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "the array: .npy or .safetensors");
    field("tensor", tensor, any(), "name of the array in a .safetensors file of several");
    field("id_space", id_space, any(), "numbering the ids belong to; empty = name of the file");
    field("split", split, one_of({"", "train", "validation", "test", "external"}), "what the pictures may be used for");
  }
};

class ImageArray final : public Node {
 public:
  explicit ImageArray(ImageArrayParams params) : params_(std::move(params)) {}

  Out<Images> images{this, "images", "the pictures, in order"};

  void run(Context&) override {
    const std::filesystem::path file = params_.file.path;
    try {
      const at::Tensor pixels = pixels_of(array_in(file));
      const int64_t count = pixels.size(0);
      images = Images{pixels, at::arange(count, at::TensorOptions().dtype(at::kLong)), at::full({count}, -1, at::TensorOptions().dtype(at::kLong)),
                      params_.id_space.empty() ? file.stem().string() : params_.id_space, params_.split};
    } catch (Error& error) {
      throw error.during("reading pictures from " + file.string());
    }
  }

 private:
  at::Tensor array_in(const std::filesystem::path& file) const {
    if (file.extension() == ".npy") {
      if (!params_.tensor.empty()) throw Error("a .npy file holds one array, which has no name", "leave `tensor` out");
      return read_npy(file.string());
    }
    const auto tensors = read_safetensors(file);
    if (params_.tensor.empty() && tensors.size() == 1) return tensors.begin()->second;
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors) {
      if (name == params_.tensor) return tensor;
      names.push_back(name);
    }
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "'" : ", '") + name + "'";
    throw Error(params_.tensor.empty() ? "the file holds " + std::to_string(names.size()) + " arrays: " + all
                                       : "the file has no array '" + params_.tensor + "', only " + all,
                params_.tensor.empty() ? "say which with `tensor`" : did_you_mean(params_.tensor, names));
  }

  /// [N, 3, H, W], uint8 or float32 in [0, 1].
  static at::Tensor pixels_of(const at::Tensor& array) {
    if (array.dim() != 4 || (array.size(1) != 3 && array.size(3) != 3))
      throw ShapeError("pictures are [N, 3, H, W] or [N, H, W, 3], found " + shape_text(array));
    const at::Tensor planes = array.size(1) == 3 ? array : array.permute({0, 3, 1, 2});
    if (planes.scalar_type() == at::kByte) return planes.contiguous();
    if (!planes.is_floating_point()) throw Error(std::string("pictures are uint8 or floating-point, found ") + dtype_name(array.scalar_type()));
    const at::Tensor numbers = planes.to(at::kFloat).contiguous();
    if (numbers.numel() == 0) return numbers;
    const double low = numbers.min().item<double>(), high = numbers.max().item<double>();
    if (std::isnan(low)) throw Error("the array holds NaN, which is no brightness", "leave out what could not be reconstructed");
    if (low < -1e-3 || high > 1 + 1e-3)
      throw Error("pictures in floating-point are in [0, 1], found " + std::to_string(low) + " to " + std::to_string(high),
                  high > 2 ? "divide by 255, or keep them as uint8" : "clip them, or bring [-1, 1] to [0, 1]");
    return numbers.clamp(0, 1);
  }

  ImageArrayParams params_;
};

BGRAPH_NODE(ImageArray, "io.image_array")

}  // namespace bgraph::io

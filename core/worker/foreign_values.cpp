#include <bgraph/core/worker/foreign_values.h>

#include <bgraph/core/worker/pictures.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/model_file.h>
#include <bgraph/sdk/data/npy.h>
#include <bgraph/sdk/values/betas.h>
#include <bgraph/sdk/values/features.h>
#include <bgraph/sdk/values/images.h>
#include <bgraph/sdk/values/tensor.h>
#include <bgraph/sdk/values/voxels.h>
#include <bgraph/sdk/weights/model_from_file.h>
#include <bgraph/sdk/weights/weight_file.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace bgraph::worker {

namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;

constexpr char kValueMetadata[] = "bgraph.value";  // JSON {type, meta}: the file is a whole value

const auto kLongs = at::TensorOptions().dtype(at::kLong);

Value images_of(at::Tensor pixels, const fs::path& file) {
  if (pixels.dim() == 3) pixels = pixels.unsqueeze(0);
  if (pixels.dim() != 4 || pixels.size(1) != 3)
    throw ShapeError(file.string() + " holds " + shape_text(pixels) + ", expected pictures [N, 3, H, W]",
                     "channels come before height and width");
  if (pixels.scalar_type() != at::kByte) pixels = pixels.to(at::kFloat);
  const int64_t count = pixels.size(0);
  return Images{pixels, at::arange(count, kLongs), at::full({count}, -1, kLongs), file.stem().string()}.to_value();
}

Value features_of(const Tensors& layers, const fs::path& file) {
  Features features{.id_space = file.stem().string(), .network = file.stem().string()};
  for (const auto& [name, tokens] : layers) {
    if (tokens.dim() != 3 || tokens.size(0) != layers.begin()->second.size(0))
      throw ShapeError(file.string() + ": layer '" + name + "' is " + shape_text(tokens) + ", expected tokens [N, P, D]");
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(tokens.size(1)))));
    const int64_t grid = side * side == tokens.size(1) ? side : 0;
    features.layers.push_back({name, tokens.to(at::kFloat), grid, grid});
  }
  if (layers.empty()) throw Error(file.string() + " holds no array");
  features.image_id = at::arange(layers.begin()->second.size(0), kLongs);
  return features.to_value();
}

/// One subject, every trial another image.
Value betas_of(const at::Tensor& betas, const fs::path& file) {
  if (betas.dim() != 2) throw ShapeError(file.string() + " holds " + shape_text(betas) + ", expected responses [N, V]");
  const int64_t trials = betas.size(0);
  return Betas{{{file.stem().string(), 0, betas.to(at::kFloat), at::arange(trials, kLongs), at::zeros({trials}, kLongs),
                 at::full({trials}, -1, kLongs)}},
               file.stem().string()}
      .to_value();
}

/// One subject; columns that are not given are unknown.
Value voxels_of(const Tensors& columns, const fs::path& file) {
  const std::vector<std::string> known = {"position", "hemisphere", "roi", "parcel", "ncsnr"};
  for (const auto& [name, column] : columns)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(file.string() + " holds '" + name + "', which is no column of voxels (position, hemisphere, roi, parcel, ncsnr)",
                  did_you_mean(name, known));
  if (columns.empty()) throw Error(file.string() + " holds no array");
  const int64_t count = columns.begin()->second.dim() == 0 ? 0 : columns.begin()->second.size(0);
  const auto column = [&](const std::string& name, at::Tensor unknown) {
    const auto found = columns.find(name);
    return found == columns.end() ? unknown : found->second.to(unknown.scalar_type());
  };
  const at::Tensor none = at::full({count}, -1, kLongs);
  const at::Tensor nan = at::full({count}, std::nan(""), at::TensorOptions().dtype(at::kFloat));
  return Voxels{at::zeros({count}, kLongs), column("position", nan.unsqueeze(1).repeat({1, 3})),
                column("hemisphere", none), column("roi", none), column("parcel", none), column("ncsnr", nan),
                {file.stem().string()}}
      .to_value();
}

Value of_arrays(const std::string& type, const Tensors& arrays, const fs::path& file) {
  if (type == Features::kType) return features_of(arrays, file);
  if (type == Voxels::kType) return voxels_of(arrays, file);
  if (type != Tensor::kType && type != Images::kType && type != Betas::kType)
    throw Error(file.string() + " holds arrays, and a " + type + " is more than that",
                "give a .safetensors file that `bgraph exec --out` wrote, or the folder of a stored value");
  if (arrays.size() != 1)
    throw Error(file.string() + " holds " + std::to_string(arrays.size()) + " arrays, expected one for a " + type);
  const at::Tensor& array = arrays.begin()->second;
  if (type == Betas::kType) return betas_of(array, file);
  return type == Tensor::kType ? Tensor(array).to_value() : images_of(array, file);
}

Value whole_value(const std::string& text, Tensors tensors, const fs::path& file) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("type") || !json.at("type").is_string() || !json.contains("meta"))
    throw Error(file.string() + ": its metadata says that it is a value, but not of which type");
  return {.type = json.at("type"), .meta = json.at("meta"), .tensors = std::move(tensors)};
}

Value required(Value value, const std::string& type, const fs::path& file) {
  if (value.type != type) throw Error(file.string() + " is a " + value.type + ", expected a " + type);
  return value;
}

void write_file_of(const Value& value, const fs::path& file) {
  for (const auto& [name, content] : value.files)
    if (fs::path(name).extension() == file.extension()) {
      std::ofstream out(file, std::ios::binary | std::ios::trunc);
      out << content;
      out.close();
      if (!out) throw Error("cannot write " + file.string());
      return;
    }
  std::string all;
  for (const auto& [name, content] : value.files) all += (all.empty() ? "" : ", ") + fs::path(name).extension().string();
  throw Error("a " + value.type + " cannot be written as " + file.filename().string(),
              "endings for it: " + (all.empty() ? std::string(".safetensors, .npy") : all));
}

}  // namespace

Value read_foreign(const std::string& type, const fs::path& file, Context& ctx) {
  if (!fs::exists(file)) throw Error("there is no file " + file.string());
  if (fs::is_directory(file) && fs::exists(file / kValueFile)) return required(read_value(file), type, file);
  if (fs::is_directory(file) || is_picture(file)) {
    if (type != Images::kType) throw Error(file.string() + " holds pictures, expected a " + type);
    return images_of(read_pictures(file), file);
  }
  if (file.extension() == ".npy") return of_arrays(type, {{"array", read_npy(file)}}, file);
  if (file.extension() != ".safetensors")
    throw Error(file.string() + " is of no kind that can be read here",
                "kinds: .npy, .safetensors, pictures, a folder of pictures, a value folder of a store");
  const auto metadata = read_safetensors_metadata(file);
  const auto whole = metadata.find(kValueMetadata);
  if (whole != metadata.end()) return required(whole_value(whole->second, read_safetensors(file), file), type, file);
  if (type == Model::kType && metadata.contains(kRecipeMetadata)) return model_from_file(ctx, file).to_value();
  return of_arrays(type, read_weight_file(file), file);
}

void write_foreign(const Value& value, const fs::path& file) {
  const std::string ending = file.extension().string();
  if (ending == ".png" && value.type == Images::kType) return write_pictures(Images::from_value(value).unit_range(), file);
  if (ending == ".npy" && !value.tensors.empty()) {
    const auto pixels = value.tensors.find("pixels");
    if (pixels == value.tensors.end() && value.tensors.size() != 1)
      throw Error("a " + value.type + " of " + std::to_string(value.tensors.size()) + " arrays is no single .npy",
                  "write it as .safetensors");
    return write_npy(file, pixels == value.tensors.end() ? value.tensors.begin()->second : pixels->second);
  }
  if (ending == ".safetensors" && value.files.empty())
    return write_safetensors(file, value.tensors, {{kValueMetadata, Json{{"type", value.type}, {"meta", value.meta}}.dump()}});
  write_file_of(value, file);
}

}  // namespace bgraph::worker

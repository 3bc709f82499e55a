#include <bgraph/sdk/values/stored_pixels.h>

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/data/pictures.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <span>

namespace bgraph {

namespace {

Json to_json(const StoredPixels::Size& size) { return {{"size", size.size}, {"method", size.method}, {"bytes", size.bytes}}; }

StoredPixels::Size size_from(const Json& json) { return {.size = json.at("size"), .method = json.at("method"), .bytes = json.at("bytes")}; }

}  // namespace

StoredPixels StoredPixels::select(const at::Tensor& index) const {
  StoredPixels some = *this;
  some.row = row.index_select(0, index);
  return some;
}

bool StoredPixels::same_but_rows(const StoredPixels& other) const {
  return pictures == other.pictures && square == other.square && sizes == other.sizes;
}

at::Tensor StoredPixels::read(Context& ctx, const at::Tensor& index) const {
  constexpr int64_t kPicturesAtOnce = 64;  // of the file's size
  const at::Tensor wanted = row.index_select(0, index).contiguous();
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < wanted.numel(); begin += kPicturesAtOnce) {
    ctx.stop_if_cancelled();
    const std::span<const int64_t> rows(wanted.data_ptr<int64_t>() + begin, static_cast<size_t>(std::min(kPicturesAtOnce, wanted.numel() - begin)));
    at::Tensor some = central_squares(in_planes(files->open(ctx, pictures)->rows(rows)), {square.size, resize_method(square.method)});
    for (const Size& to : sizes) some = resized_in_unit_range(some, {to.size, resize_method(to.method)}, to.bytes);
    parts.push_back(some);
  }
  if (!parts.empty()) return at::cat(parts);
  return at::empty({0, 3, side(), side()}, at::TensorOptions().dtype(sizes.empty() || sizes.back().bytes ? at::kByte : at::kFloat));
}

void StoredPixels::write_to(Json& meta, std::map<std::string, at::Tensor>& tensors) const {
  meta = {{"pictures", bgraph::to_json(pictures)}, {"square", to_json(square)}, {"sizes", Json::array()}};
  for (const Size& size : sizes) meta["sizes"].push_back(to_json(size));
  tensors["row"] = row;
}

StoredPixels StoredPixels::read_from(const Json& meta, const std::map<std::string, at::Tensor>& tensors) {
  StoredPixels stored{.pictures = array_ref_from_json(meta.at("pictures")), .square = size_from(meta.at("square")), .row = tensors.at("row")};
  for (const auto& size : meta.at("sizes")) stored.sizes.push_back(size_from(size));
  return stored;
}

}  // namespace bgraph

#include <bgraph/sdk/values/figure.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <opencv2/imgcodecs.hpp>

namespace bgraph {

Value Figure::to_value() const {
  Json rows = Json::array();
  for (const auto& row : gallery)
    rows.push_back({{"name", row.name}, {"files", row.files}, {"scores", row.scores}});
  return {.type = kType,
          .meta = {{"title", title}, {"caption", caption}, {"alt", alt}, {"columns", columns},
                   {"gallery", rows}},
          .files = files};
}

Figure Figure::from_value(const Value& value) {
  Figure figure{.title = value.meta.at("title"),
                .caption = value.meta.at("caption"),
                .alt = value.meta.at("alt"),
                .files = value.files,
                .columns = value.meta.at("columns")};
  for (const auto& row : value.meta.at("gallery"))
    figure.gallery.push_back({row.at("name"), row.at("files"), row.at("scores")});
  return figure;
}

std::string png_of(const at::Tensor& image, int64_t scale) {
  if (image.dim() != 3 || image.size(0) != 3)
    throw ShapeError("a picture is [3, H, W], found " + shape_text(image));
  const at::Tensor bytes = image.scalar_type() == at::kByte
                               ? image
                               : image.to(at::kFloat).clamp(0, 1).mul(255).round().to(at::kByte);
  const at::Tensor bgr = bytes.flip(0).repeat_interleave(scale, 1).repeat_interleave(scale, 2)
                             .permute({1, 2, 0}).contiguous();  // [H, W, 3], OpenCV's channel order
  const cv::Mat picture(static_cast<int>(bgr.size(0)), static_cast<int>(bgr.size(1)), CV_8UC3,
                        bgr.data_ptr<uint8_t>());
  std::vector<uchar> png;
  if (!cv::imencode(".png", picture, png)) throw Error("OpenCV could not encode a PNG");
  return {png.begin(), png.end()};
}

}  // namespace bgraph

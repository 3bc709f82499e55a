#include <bgraph/core/worker/pictures.h>

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace bgraph::worker {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> kEndings = {".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff", ".webp"};

const auto kBytes = at::TensorOptions().dtype(at::kByte);

at::Tensor read_one(const fs::path& file) {
  const cv::Mat bgr = cv::imread(file.string(), cv::IMREAD_COLOR);  // EXIF orientation applied
  if (bgr.empty()) throw Error(file.string() + " is not a readable picture");
  at::Tensor rows = at::empty({bgr.rows, bgr.cols, 3}, kBytes);
  for (int y = 0; y < bgr.rows; ++y)
    std::copy_n(bgr.ptr<uint8_t>(y), bgr.cols * 3, rows.data_ptr<uint8_t>() + static_cast<int64_t>(y) * bgr.cols * 3);
  return rows.flip({2}).permute({2, 0, 1}).contiguous();  // [3, H, W] RGB
}

void write_one(const at::Tensor& pixels, const fs::path& file) {
  const at::Tensor rows = (pixels.clamp(0, 1) * 255).round().to(at::kByte).permute({1, 2, 0}).flip({2}).contiguous();
  const cv::Mat bgr(static_cast<int>(rows.size(0)), static_cast<int>(rows.size(1)), CV_8UC3, rows.data_ptr());
  if (!cv::imwrite(file.string(), bgr)) throw Error("cannot write " + file.string());
}

}  // namespace

bool is_picture(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

at::Tensor read_pictures(const fs::path& place) {
  std::vector<fs::path> files;
  if (!fs::is_directory(place)) files.push_back(place);
  else
    for (const auto& entry : fs::directory_iterator(place))
      if (is_picture(entry.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<at::Tensor> pictures;
  for (const auto& file : files) {
    pictures.push_back(read_one(file));
    if (pictures.back().sizes() != pictures.front().sizes())
      throw ShapeError(fmt::format("{} is {} x {} pixels, {} is {} x {}", file.string(), pictures.back().size(2),
                                   pictures.back().size(1), files.front().string(), pictures.front().size(2),
                                   pictures.front().size(1)),
                       "bring them to one size, or use io.image_folder in a graph");
  }
  if (pictures.empty()) throw Error(place.string() + " holds no picture");
  return at::stack(pictures);
}

void write_pictures(const at::Tensor& pixels, const fs::path& file) {
  if (pixels.size(0) == 1) return write_one(pixels[0], file);
  for (int64_t i = 0; i < pixels.size(0); ++i)
    write_one(pixels[i], file.parent_path() / fmt::format("{}-{:04}{}", file.stem().string(), i, file.extension().string()));
}

}  // namespace bgraph::worker

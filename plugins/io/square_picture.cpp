#include "square_picture.h"

#include <bgraph/sdk/contract/error.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

namespace bgraph::io {

bool is_picture(const std::string& name) {
  std::string ending = std::filesystem::path(name).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  static const std::set<std::string> known = {".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff", ".webp"};
  return known.count(ending) > 0;
}

void read_square(std::span<const uint8_t> file, const std::string& name, int64_t size, uint8_t* out) {
  cv::Mat read;
  if (!file.empty()) {
    const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8UC1, const_cast<uint8_t*>(file.data()));
    read = cv::imdecode(bytes, cv::IMREAD_COLOR);  // BGR
  }
  if (read.empty()) throw Error(name + " is not a readable picture", "remove it, or save it again as PNG");
  const int side = std::min(read.rows, read.cols), pixels = static_cast<int>(size);
  const cv::Mat square = read(cv::Rect((read.cols - side) / 2, (read.rows - side) / 2, side, side));
  cv::Mat small;
  cv::resize(square, small, cv::Size(pixels, pixels), 0, 0, side >= pixels ? cv::INTER_AREA : cv::INTER_LINEAR);
  for (int y = 0; y < pixels; ++y)
    for (int x = 0; x < pixels; ++x)
      for (int c = 0; c < 3; ++c)
        out[(static_cast<int64_t>(c) * size + y) * size + x] = small.at<cv::Vec3b>(y, x)[2 - c];
}

}  // namespace bgraph::io

#include "picture.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/data/wrong_file.h>

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

cv::Mat decode_picture(std::span<const uint8_t> file, const std::string& name) {
  cv::Mat picture;
  if (!file.empty()) {
    const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8UC1, const_cast<uint8_t*>(file.data()));
    picture = cv::imdecode(bytes, cv::IMREAD_COLOR);
  }
  if (picture.empty()) throw Error(printable(name) + " is not a readable picture", "remove it, or save it again as PNG");
  return picture;
}

std::vector<uint8_t> picture_bytes(const std::filesystem::path& file) {
  const MappedFile whole(file.string());
  const auto bytes = std::as_bytes(whole.bytes());
  const auto* begin = reinterpret_cast<const uint8_t*>(bytes.data());
  return {begin, begin + bytes.size()};
}

std::vector<std::filesystem::path> sorted_entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

cv::Mat square_of(const cv::Mat& picture, int64_t size) {
  const int side = std::min(picture.rows, picture.cols), pixels = static_cast<int>(size);
  const cv::Mat square = picture(cv::Rect((picture.cols - side) / 2, (picture.rows - side) / 2, side, side));
  cv::Mat small;
  cv::resize(square, small, cv::Size(pixels, pixels), 0, 0, side >= pixels ? cv::INTER_AREA : cv::INTER_LINEAR);
  return small;
}

void copy_planes(const cv::Mat& picture, uint8_t* out) {
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < picture.rows; ++y)
      for (int x = 0; x < picture.cols; ++x) *out++ = picture.at<cv::Vec3b>(y, x)[2 - c];
}

}  // namespace bgraph::io

// A picture file as pixels, and as a square of one size: what image sets made of photographs need.
//
//   copy_planes(square_of(decode_picture(bytes, "cat.png"), 64), out)
#pragma once

#include <opencv2/core/mat.hpp>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace bgraph::io {

/// Is this the name of a picture, by its ending (PNG, JPEG, BMP, PPM, TIFF, WebP)?
bool is_picture(const std::string& name);

/// The bytes of a picture file  ->  BGR bytes [H, W], EXIF orientation applied. Error naming the picture if it is not readable.
cv::Mat decode_picture(std::span<const uint8_t> file, const std::string& name);

/// Bytes of a whole file. Error naming it if it cannot be read: a link that leads nowhere, a folder.
std::vector<uint8_t> picture_bytes(const std::filesystem::path& file);

/// Entries of a folder in the order of their names (bytes), so that the same folder is the same set everywhere.
std::vector<std::filesystem::path> sorted_entries(const std::filesystem::path& folder);

/// The central square, [size, size], resized by area averaging (bilinear where it grows).
cv::Mat square_of(const cv::Mat& picture, int64_t size);

/// BGR [H, W]  ->  RGB planes [3, H, W] in `out`.
void copy_planes(const cv::Mat& picture, uint8_t* out);

}  // namespace bgraph::io

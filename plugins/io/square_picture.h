// A picture file as a square of one size: what image sets made of photographs need.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace bgraph::io {

/// Is this the name of a picture, by its ending (PNG, JPEG, BMP, PPM, TIFF, WebP)?
bool is_picture(const std::string& name);

/// The bytes of a picture file  ->  RGB bytes [3, size, size] in `out`: the central square, resized by area averaging
/// (bilinear where it grows). EXIF orientation is applied. Error naming the picture if it is not readable.
void read_square(std::span<const uint8_t> file, const std::string& name, int64_t size, uint8_t* out);

}  // namespace bgraph::io

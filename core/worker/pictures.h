// Picture files of any size and back, as they are: no cutting, no scaling.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

namespace bgraph::worker {

/// By its ending: png, jpg, jpeg, bmp, ppm, tif, tiff, webp.
bool is_picture(const std::filesystem::path& file);

/// A picture, or all of a folder in the order of their names  ->  [N, 3, H, W] uint8 RGB.
/// Errors: a file that cannot be read, pictures of several sizes, none.
at::Tensor read_pictures(const std::filesystem::path& file_or_folder);

/// pixels [N, 3, H, W] float in [0, 1]  ->  NAME.png, or NAME-0000.png, NAME-0001.png, ... for several.
void write_pictures(const at::Tensor& pixels, const std::filesystem::path& file);

}  // namespace bgraph::worker

// Values from files of others and back, for `bgraph exec`.
//
//   .npy              Tensor; Images [N, 3, H, W] (uint8, or float in [0, 1]); Betas [N, V], one subject, every trial
//                     another image; Features [N, P, D], one layer
//   .safetensors      what `bgraph exec --out` wrote: any type, exactly; a model file (`bgraph export`): Model; else
//                     one array as above, Features (every array a layer), Voxels (columns position, ncsnr, roi, ...)
//   picture, folder   Images: a picture, or all pictures of a folder, which are of one size
//   value folder      of a store (it holds value.json): any type
//
// Written: .npy (a value with one array), .safetensors (any value without files), .png (one picture, or
// NAME-0000.png ... for several), and the files of Table (.csv, .json) and Figure (.svg, .png) by their endings.
#pragma once

#include <bgraph/sdk/context.h>

#include <filesystem>
#include <string>

namespace bgraph::worker {

/// A value of this type. Error naming the file and what was expected of it.
Value read_foreign(const std::string& type, const std::filesystem::path& file, Context& ctx);

void write_foreign(const Value& value, const std::filesystem::path& file);

}  // namespace bgraph::worker

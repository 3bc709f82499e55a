// Takes a Model out of the store: one safetensors file with its recipe inside (sdk/contract/model_file.h).
//
// The file depends on nothing but the value: the same weights and recipe give the same bytes anywhere. Build ids
// and provenance stay behind.
#pragma once

#include <filesystem>

namespace bgraph::store {

/// Writes the Model value in `value_folder` to `file`, in one step.
/// Errors: another type of value; a damaged payload; a file that cannot be written.
void export_model(const std::filesystem::path& value_folder, const std::filesystem::path& file);

}  // namespace bgraph::store

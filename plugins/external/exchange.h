// Values as files that any program reads and writes: .npy arrays, JSON, CSV.
//
//   any type   NAME/ with one .npy per tensor, value.json {"type", "meta"}, and the value's own files
//   Tensor     also NAME.npy (dims are those the port declares)
//   Table      written: NAME/table.csv, table.json; read: NAME.csv, first line "row,column,...", empty = not available
//
// Tensors are named as `bgraph inspect DIGEST` shows them; a slash in a name is a folder.
#pragma once

#include <bgraph/sdk/value.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bgraph::external {

/// Writes `folder/name...`.
void write_value(const Value& value, const std::filesystem::path& folder, const std::string& name);

/// Reads what a command wrote as `folder/name...`. Error if nothing is there, or not what the type needs.
Value read_written(const PortSpec& port, const std::filesystem::path& folder);

}  // namespace bgraph::external

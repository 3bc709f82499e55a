// A value: what travels on an edge. Immutable once published; typed by name; the same shape for every type.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/contract/value_header.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace bgraph {

struct Value {
  std::string type;                             // "Betas"
  Json meta = Json::object();                   // dims, units, ids, split, recipe; part of the digest
  std::map<std::string, at::Tensor> tensors;    // contiguous, on the CPU
  std::map<std::string, std::string> files;     // name -> bytes
};

/// Meta keys the runtime itself reads.
inline constexpr char kItems[] = "items";  // rows of a value whose rows are independent items
inline constexpr char kSplit[] = "split";  // "train", "validation", "test", "external", "truth" or absent

/// What value.json will say of it, digests included.
ValueHeader header_of(const Value& value);

/// Writes payload and files into an existing folder; value.json is written by whoever publishes it.
void write_payload(const Value& value, const std::filesystem::path& folder);

/// Reads a value directory. Tensors are mapped (copy on write), not read.
/// Errors: missing or damaged value.json, payload that is no valid safetensors or lacks a tensor.
Value read_value(const std::filesystem::path& folder);

/// safetensors file <-> named tensors; reading maps the file. Used for weights too.
std::map<std::string, at::Tensor> read_safetensors(const std::filesystem::path& file);
std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& file);
void write_safetensors(const std::filesystem::path& file,
                       const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata);

/// safetensors spelling of a scalar type and back. Error for one the format lacks.
std::string dtype_name(at::ScalarType type);
at::ScalarType dtype_from_name(const std::string& name);

}  // namespace bgraph

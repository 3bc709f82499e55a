// value.json: what a value directory says of itself. One format for every type that travels on an edge.
//
//   store/values/<2>/<digest>/value.json            type, meta, list of tensors and files, provenance
//   store/values/<2>/<digest>/payload.safetensors   the tensors, if there are any
//   store/values/<2>/<digest>/<file>                figure.svg, table.csv, ...
//
// The digest covers type, meta, tensors (name, dtype, shape, bytes) and files (name, bytes): never paths,
// times or file metadata. Provenance stands beside and is not part of it.
#pragma once

#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/contract/manifest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bgraph {

struct TensorHeader {
  std::string name;
  std::string dtype;  // safetensors spelling: "F32", "I64", ...
  std::vector<int64_t> shape;
  Digest content;
};

struct FileHeader {
  std::string name;
  int64_t bytes = 0;
  Digest content;
};

struct ValueHeader {
  std::string type;            // "Betas"
  Json meta = Json::object();  // dims, units, ids, split, recipe: everything that is not a tensor
  std::vector<TensorHeader> tensors;  // sorted by name
  std::vector<FileHeader> files;      // sorted by name
  Json provenance = Json::object();   // not in the digest

  Digest digest() const;
};

inline constexpr char kValueFile[] = "value.json";
inline constexpr char kPayloadFile[] = "payload.safetensors";

Json to_json(const ValueHeader& header);

/// Reads value.json of a value directory. Error naming the file if it is missing or malformed.
ValueHeader read_value_header(const std::filesystem::path& folder);

}  // namespace bgraph

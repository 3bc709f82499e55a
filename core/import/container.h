// The two containers torch.save has written: a pickle, and the numbers its storages stand for.
//
//   zip (PyTorch 1.6 and later)    NAME/data.pkl, NAME/data/<key>, NAME/byteorder
//   legacy                         five pickles (magic number, version, system, value, keys), then per key an
//                                  int64 count and its numbers
//
// Source: torch/serialization.py of PyTorch 1.13 (_save, _legacy_save).
#pragma once

#include <bgraph/core/import/rebuild.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace bgraph::import {

using Bytes = std::span<const std::byte>;

struct Contents {
  std::string container;                                // "zip" or "legacy"
  Record* value = nullptr;                              // what was saved
  std::function<Bytes(const std::string& key)> storage;  // Error if the file has none of this key, or a damaged one
};

bool is_legacy(Bytes file);

/// `name` says which file in errors. The contents refer to file, arena and rebuild.
Contents read_zip(Bytes file, const std::string& name, Arena& arena, Rebuild& rebuild);
Contents read_legacy(Bytes file, const std::string& name, Arena& arena, Rebuild& rebuild);

}  // namespace bgraph::import

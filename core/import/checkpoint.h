// A PyTorch file as named tensors: what its pickle says, and where in the file the numbers lie.
//
// Refused with a sentence: TorchScript archives, the tar files of PyTorch before 0.4, pickles of anything else.
#pragma once

#include <bgraph/core/import/record.h>

#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace bgraph::import {

/// Numbers of one dtype, flat.
struct Storage {
  std::string dtype;    // safetensors spelling; "" if there is none
  std::string key;
  uint64_t bytes = 0;   // as the pickle claims; the file must bear it out. Unknown without a dtype
  int64_t offset = 0;   // of this view, in elements of the whole storage (legacy views)
};

/// An array somewhere in the file.
struct FoundTensor {
  std::string name;
  std::string dtype;
  std::vector<int64_t> sizes, strides;    // strides in elements
  std::span<const std::byte> storage;     // all bytes of its storage
  int64_t offset = 0;                     // in elements
};

struct Checkpoint {
  std::string container;  // "zip" or "legacy"
  std::string holds;      // "a table of 3", "an object of class models.Net"
  std::string taken;      // the key its tensors were taken from; "" = the value itself
  std::vector<std::string> left;  // keys beside it
  std::vector<FoundTensor> tensors;  // sorted by name
};

struct Selection {
  std::string key;                 // "a.b": the entry to take; "" = the usual one
  std::set<std::string> inert;     // further calls that are read as records
};

/// Reads the file's structure; no number is copied. `name` is used in errors only.
Checkpoint read_checkpoint(std::span<const std::byte> file, const std::string& name, const Selection& selection);

}  // namespace bgraph::import

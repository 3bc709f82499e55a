// A checkpoint written as one safetensors file: the numbers as they are, laid out row by row.
//
// A tensor that several names share is written once per name; the whole may not exceed four times the file it
// comes from. The same checkpoint gives the same bytes.
#pragma once

#include <bgraph/core/import/checkpoint.h>

#include <filesystem>

namespace bgraph::import {

struct Request {
  std::filesystem::path file, out;
  Selection selection;
  std::string prefix;  // only names that begin so, and without it
};

struct Report {
  std::string container, holds, taken;
  std::vector<std::string> left;
  size_t tensors = 0;
  uint64_t bytes = 0;
  size_t outside = 0;  // tensors that the prefix left out
};

/// Reads `file`, writes `out` in one step. Error if either cannot be done; `out` is then as it was.
Report convert(const Request& request);

/// The same in a process of its own, which alone touches the file: whatever is wrong with it ends as an Error here.
Report convert_in_child(const Request& request);

}  // namespace bgraph::import

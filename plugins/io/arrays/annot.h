// FreeSurfer's .annot: a parcel for every vertex, with a table of names and colours. Both table versions, big-endian.
//
// Vertices stand in any order and are scattered by number. Colour 0 is unlabelled (-1) unless the table has it. Two rows with
// one colour cannot be told apart: `ambiguous` names them, and the first is meant. Source: FreeSurfer's description of the format.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace bgraph::io {

struct Annot {
  at::Tensor label;                     // [V] int64, row of the table; -1 = unlabelled
  std::vector<std::string> names;       // by row; "" where the table skips a row
  std::vector<int64_t> colour;          // R + 256 G + 65536 B by row; -1 where skipped
  std::vector<std::string> ambiguous;   // names that share the colour of an earlier row
};

Annot read_annot(const std::string& path);

}  // namespace bgraph::io

// FreeSurfer surfaces (lh.white, lh.pial, lh.inflated, lh.sphere), per-vertex scalars (lh.curv, lh.sulc) and .label files.
//
// Surfaces: FF FF FE, two lines of text, counts, vertices in mm (surface RAS; scanner RAS = + cras), faces. Scalars: FF FF FF
// and float32, or the old form with 3-byte counts and int16 / 100. Old quadrangle surfaces are refused by name. Big-endian.
// Labels: text; comment, count, then `vertex x y z value`. Source: FreeSurfer's description of the formats.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace bgraph::io {

struct Surface {
  at::Tensor vertices;  // [V, 3] float32 mm
  at::Tensor faces;     // [F, 3] int64
};
Surface read_surface(const std::string& path);

at::Tensor read_curv(const std::string& path);  // [V] float32

struct VertexLabel {
  at::Tensor vertex;  // [n] int64
  at::Tensor value;   // [n] float32
};
VertexLabel read_label(const std::string& path);

}  // namespace bgraph::io

// CIFTI-2: NIfTI-2 whose XML extension (code 32) says which row or column is which vertex or voxel.
//
// Dense files (.dscalar, .dlabel, .dtseries) have one axis of grayordinates, described by brain models: so many columns from
// an offset, each a vertex of a surface or a voxel (i, j, k). Data are [maps, grayordinates].
// Source: CIFTI-2 file format, Human Connectome Project, 2014.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph::io {

struct Cifti {
  struct Model {
    std::string structure;        // "CIFTI_STRUCTURE_CORTEX_LEFT"
    int64_t offset = 0, count = 0;  // columns of data
    int64_t surface_vertices = 0; // of the whole surface; 0 for voxels
    at::Tensor vertex;            // [count] int64, for surfaces
    at::Tensor voxel;             // [count, 3] int64, for voxels
  };
  at::Tensor data;                // [maps, grayordinates]
  std::vector<Model> models;
  std::vector<std::string> maps;  // names of the rows, where they have any
  std::vector<std::map<int64_t, std::string>> labels;  // per map: key -> name
};

Cifti read_cifti(const std::string& path);

}  // namespace bgraph::io

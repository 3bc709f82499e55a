// Files written byte by byte, without the readers' code: what the tests of readers read.
#pragma once

#include "../../core/scratch.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bgraph::testing {

/// A folder that is removed at the end.
struct ScratchFolder : Scratch {
  std::string file(const std::string& name) const;  // makes the folders above it
};

void write_text(const std::string& file, const std::string& text);
std::string file_bytes(const std::string& file);

std::string npy_bytes(const at::Tensor& array);                   // little-endian, rows first
std::string mgh_bytes(const at::Tensor& frames);                  // [frames, vertices] -> big-endian float32
std::string nifti_bytes(const at::Tensor& volumes, float slope);  // [t, z, y, x] or [z, y, x]; int16 or float32
std::string gzipped(const std::string& bytes);
std::string zip_bytes(const std::vector<std::pair<std::string, std::string>>& members, bool deflate);  // ZIP64 fields as NumPy writes them
std::string npz_bytes(std::vector<std::pair<std::string, std::string>> arrays, bool deflate);  // names without their .npy
/// One entry of a tar archive as POSIX.1 lays it out; 1024 zeros close the archive.
std::string tar_entry(const std::string& name, const std::string& content, char kind = '0');
std::string annot_bytes(const std::vector<int>& row_of_vertex, const std::vector<std::string>& names);

/// HDF5 through its C API: one dataset; chunk empty = contiguous.
void write_hdf5(const std::string& file, const std::string& dataset, const at::Tensor& array, const std::vector<int64_t>& chunk = {}, bool deflate = false);

/// Strings of variable length, as h5py and bdpy write them, into a file that is there.
void write_hdf5_texts(const std::string& file, const std::string& dataset, const std::vector<const char*>& texts);

/// A cell as MATLAB keeps it in HDF5: references to arrays that stand under #refs#, characters as uint16, into a file that is there.
void write_hdf5_cell(const std::string& file, const std::string& dataset, const std::vector<at::Tensor>& arrays);
void write_hdf5_cell(const std::string& file, const std::string& dataset, const std::vector<std::string>& texts);

struct MatVariable {
  std::string name;
  at::Tensor array;  // as MATLAB shows it
};
void write_mat(const std::string& file, const std::vector<MatVariable>& variables);

}  // namespace bgraph::testing

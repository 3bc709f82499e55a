#include "any_array.h"

#include "annot.h"
#include "cifti.h"
#include "gifti.h"
#include "mat_file.h"
#include "mgh.h"
#include "nifti.h"
#include "npz.h"
#include "surface.h"
#include "tsv.h"

#include <bgraph/sdk/data/wrong_file.h>

#include <charconv>
#include <filesystem>

namespace bgraph::io {

namespace {

/// Endings of a file name from its first dot: ".dscalar.nii" of "a.dscalar.nii", of "lh.white" ".white".
bool ends_with_any(const std::string& name, std::initializer_list<const char*> endings) {
  for (const std::string_view ending : endings)
    if (name.ends_with(ending)) return true;
  return false;
}

at::Tensor gifti_array(const std::string& path, const std::string& item) {
  const Gifti gifti = read_gifti(path);
  size_t number = 0;
  const auto [end, problem] = std::from_chars(item.data(), item.data() + item.size(), number);
  const bool named = item.empty() || (problem == std::errc() && end == item.data() + item.size());
  if (!named || number >= gifti.arrays.size())
    throw wrong_file(path, "item", "a number below " + std::to_string(gifti.arrays.size()), "'" + item + "'");
  return gifti.arrays[number].data;
}

Error choose(const std::string& path, const std::string& what, const std::string& item) { return wrong_file(path, "item", what, "'" + item + "'"); }

}  // namespace

at::Tensor read_array(const std::string& path, const std::string& item) {
  const std::string name = std::filesystem::path(path).filename().string();
  if (ends_with_any(name, {".npy"})) return read_npy(path);
  if (ends_with_any(name, {".npz"})) return Npz(path).array(item);
  if (ends_with_any(name, {".h5", ".hdf5"})) return Hdf5File(path).dataset(item).read();
  if (ends_with_any(name, {".mat"})) return MatFile(path).array(item);
  if (ends_with_any(name, {".dscalar.nii", ".dlabel.nii", ".dtseries.nii"})) return read_cifti(path).data;
  if (ends_with_any(name, {".nii", ".nii.gz"})) return read_nifti(path).data;
  if (ends_with_any(name, {".mgh", ".mgz"})) return read_mgh(path).data;
  if (ends_with_any(name, {".annot"})) return read_annot(path).label;
  if (ends_with_any(name, {".gii", ".gii.gz"})) return gifti_array(path, item);
  if (ends_with_any(name, {".tsv", ".csv"})) return read_text_table(path).numbers(item);
  if (ends_with_any(name, {".curv", ".sulc", ".thickness", ".area"})) return read_curv(path);
  if (ends_with_any(name, {".label"})) {
    const VertexLabel label = read_label(path);
    if (item == "vertex") return label.vertex;
    if (item == "value") return label.value;
    throw choose(path, "\"vertex\" or \"value\"", item);
  }
  if (ends_with_any(name, {".white", ".pial", ".inflated", ".sphere", ".reg", ".orig", ".smoothwm"})) {
    const Surface surface = read_surface(path);
    if (item == "vertices") return surface.vertices;
    if (item == "faces") return surface.faces;
    throw choose(path, "\"vertices\" or \"faces\"", item);
  }
  throw wrong_file(path, "ending of the name", ".npy, .npz, .h5, .hdf5, .mat, .nii, .mgh, .mgz, .annot, .label, .gii, .tsv, .csv or a FreeSurfer surface", "another");
}

}  // namespace bgraph::io

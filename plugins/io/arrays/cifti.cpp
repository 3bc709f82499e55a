#include "cifti.h"

#include "nifti.h"
#include "xml.h"

#include <bgraph/sdk/data/wrong_file.h>

#include <ATen/ops/tensor.h>

namespace bgraph::io {

namespace {

constexpr int32_t kCiftiExtension = 32;

Cifti::Model model_of(const XmlElement& element, const std::string& path) {
  Cifti::Model model{.structure = element.attribute("BrainStructure"), .offset = whole_number(element, "IndexOffset", path),
                     .count = whole_number(element, "IndexCount", path)};
  if (element.attribute("ModelType") == "CIFTI_MODEL_TYPE_SURFACE") {
    model.surface_vertices = whole_number(element, "SurfaceNumberOfVertices", path);
    const XmlElement* indices = element.first("VertexIndices");
    if (!indices) throw wrong_file(path, "VertexIndices of " + model.structure, "there", "missing");
    const auto vertices = whole_numbers(*indices, path);
    for (const int64_t vertex : vertices)
      if (vertex < 0 || vertex >= model.surface_vertices)
        throw wrong_file(path, "vertex of " + model.structure, "0 to " + std::to_string(model.surface_vertices - 1), std::to_string(vertex));
    model.vertex = at::tensor(vertices, at::kLong);
  } else {
    const XmlElement* indices = element.first("VoxelIndicesIJK");
    if (!indices) throw wrong_file(path, "VoxelIndicesIJK of " + model.structure, "there", "missing");
    const auto voxels = whole_numbers(*indices, path);
    if (voxels.size() % 3 != 0) throw wrong_file(path, "VoxelIndicesIJK of " + model.structure, "three numbers a voxel", std::to_string(voxels.size()) + " numbers");
    model.voxel = at::tensor(voxels, at::kLong).reshape({-1, 3});
  }
  const int64_t listed = model.vertex.defined() ? model.vertex.size(0) : model.voxel.size(0);
  if (listed != model.count)
    throw wrong_file(path, "indices of " + model.structure, std::to_string(model.count), std::to_string(listed));
  return model;
}

void read_maps(const XmlElement& axis, Cifti& cifti, const std::string& path) {
  for (const auto* map : axis.all("NamedMap")) {
    const XmlElement* name = map->first("MapName");
    cifti.maps.push_back(name ? name->text : "");
    std::map<int64_t, std::string> labels;
    if (const XmlElement* table = map->first("LabelTable"))
      for (const auto* label : table->all("Label")) labels[whole_number(*label, "Key", path)] = label->text;
    cifti.labels.push_back(std::move(labels));
  }
}

}  // namespace

Cifti read_cifti(const std::string& path) {
  const Nifti nifti = read_nifti(path);
  std::string xml;
  for (const auto& [code, content] : nifti.extensions)
    if (code == kCiftiExtension) xml = content.substr(0, content.find_last_not_of('\0') + 1);
  if (xml.empty()) throw wrong_file(path, "CIFTI extension (code 32)", "there", "missing", "this is a NIfTI file, but no CIFTI");
  const XmlElement root = parse_xml(xml, path);
  const XmlElement* matrix = root.name == "CIFTI" ? root.first("Matrix") : nullptr;
  if (!matrix) throw wrong_file(path, "CIFTI/Matrix", "there", "missing");

  Cifti cifti;
  int64_t dense_axis = -1;
  for (const auto* axis : matrix->all("MatrixIndicesMap")) {
    if (axis->attribute("IndicesMapToDataType") == "CIFTI_INDEX_TYPE_SCALARS" || axis->attribute("IndicesMapToDataType") == "CIFTI_INDEX_TYPE_LABELS")
      read_maps(*axis, cifti, path);
    const auto models = axis->all("BrainModel");
    if (models.empty() || dense_axis >= 0) continue;
    dense_axis = axis->attribute("AppliesToMatrixDimension").starts_with('0') ? 0 : 1;
    for (const auto* model : models) cifti.models.push_back(model_of(*model, path));
  }
  if (dense_axis < 0) throw wrong_file(path, "an axis of grayordinates (BrainModel)", "there", "missing", "parcellated files are not read");
  // NIfTI's dim[5] is the matrix's axis 0 and runs fastest, dim[6] is axis 1: [axis 1, axis 0, 1, 1, 1, 1].
  if (nifti.shape.size() != 6) throw wrong_file(path, "number of dimensions", "6", std::to_string(nifti.shape.size()));
  cifti.data = nifti.data.reshape({nifti.shape[0], -1});
  if (dense_axis == 1) cifti.data = cifti.data.t().contiguous();
  int64_t covered = 0;
  for (const auto& model : cifti.models) {
    if (model.offset < 0 || model.count < 0 || model.offset > cifti.data.size(1) - model.count)
      throw wrong_file(path, "columns of " + model.structure, "inside " + std::to_string(cifti.data.size(1)),
                       std::to_string(model.offset) + " to " + std::to_string(model.offset + model.count));
    covered += model.count;
  }
  if (covered != cifti.data.size(1)) throw wrong_file(path, "grayordinates", std::to_string(covered) + " (of the brain models)", std::to_string(cifti.data.size(1)));
  return cifti;
}

}  // namespace bgraph::io

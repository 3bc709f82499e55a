// io.parcels: the parcels of a surface atlas for voxels that are vertices of fsaverage.
//
// `folder` holds {lh,rh}.NAME.annot of one mesh. fsaverage meshes are nested: vertex v of a smaller one is vertex v of the larger, so
// an atlas on a larger mesh than the voxels' is cut. An atlas on a smaller mesh (fsaverage5: 10242 vertices) needs `sphere`, the folder
// with the larger mesh's {lh,rh}.sphere: every vertex then takes the label of the nearest vertex of the smaller mesh.
// Parcels keep the atlas' order, left before right, and are numbered without gap; the medial wall and unlabelled vertices are -1.
// Schaefer 2018 is `Schaefer2018_100Parcels_7Networks_order` ... `1000Parcels`; names and orders were revised over the years, so the
// key holds the files' content.
//
// Errors: voxels that are no vertices of fsaverage (io.nsd in fsaverage, io.algonauts); two parcels of one colour.
// Source: Schaefer et al. 2018, FreeSurfer annotations; Fischl et al. 1999 for fsaverage.
//
//   [nodes.parcels]
//   type   = "io.parcels"
//   folder = "${data}/atlas/fsaverage/label"
//   name   = "Schaefer2018_400Parcels_7Networks_order"
//   inputs = { voxels = "data.voxels" }

#include "annot.h"
#include "surface.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/matmul.h>

#include <algorithm>

namespace bgraph::io {

struct ParcelsParams {
  Folder folder, sphere;
  std::string name = "Schaefer2018_400Parcels_7Networks_order";

  template <class Visitor>
  void visit(Visitor& field) {
    field("folder", folder, reads({"*.{name}.annot"}), "folder of the annotations");
    Rule spheres = reads({"*.sphere"});
    spheres.required = false;
    field("sphere", sphere, spheres, "folder of the voxels' own mesh's spheres; empty = the atlas has all vertices");
    field("name", name, any(), "atlas, as its files are called");
  }
};

class Parcels final : public Node {
 public:
  explicit Parcels(ParcelsParams params) : params_(std::move(params)) {}

  In<Voxels> voxels{this, "voxels", "vertices of fsaverage"};
  Out<Voxels> out_voxels{this, "voxels", "the same with `parcel` filled in"};

  void run(Context& ctx) override {
    if (voxels->space.substr(0, 9) != "fsaverage" || !voxels->place.defined())
      throw Error("the voxels are in space '" + voxels->space + "', expected vertices of fsaverage", "read the data in fsaverage, or use a volume atlas' region files");
    Voxels found = *voxels;
    found.parcel = at::full_like(voxels->parcel, -1);
    found.parcel_names.clear();
    for (const int64_t side : {0, 1}) {
      const std::string hemisphere = side == 0 ? "lh" : "rh";
      const Annot annot = read_annot(params_.folder.path + "/" + hemisphere + "." + params_.name + ".annot");
      if (!annot.ambiguous.empty()) throw Error(hemisphere + "." + params_.name + ".annot: parcel '" + annot.ambiguous.front() + "' has the colour of another");
      const at::Tensor index = voxels->hemisphere.eq(side).nonzero().flatten();
      if (index.numel() == 0) continue;
      const at::Tensor row = label_at(annot.label, hemisphere, voxels->place.index_select(0, index));
      std::vector<int64_t> number(annot.names.size() + 1, -1);  // table row -> parcel; the last stands for unlabelled
      for (size_t r = 0; r < annot.names.size(); ++r) {
        if (is_wall(annot.names[r])) continue;
        number[r] = static_cast<int64_t>(found.parcel_names.size());
        found.parcel_names.push_back(annot.names[r]);
      }
      const at::Tensor parcel = at::tensor(number, at::kLong).index_select(0, row.where(row.ge(0), at::full_like(row, static_cast<int64_t>(annot.names.size()))));
      found.parcel.index_copy_(0, index, parcel);
    }
    const int64_t outside = found.parcel.lt(0).sum().item<int64_t>();
    if (outside > 0) ctx.warn(std::to_string(outside) + " of " + std::to_string(found.size()) + " voxels lie in no parcel of " + params_.name);
    out_voxels = found;
  }

 private:
  static bool is_wall(const std::string& name) { return name.empty() || name.find("Medial_Wall") != std::string::npos || name == "unknown" || name == "???"; }

  /// Table row of every vertex wanted, through the nearest vertex of a smaller mesh where needed.
  at::Tensor label_at(const at::Tensor& label, const std::string& hemisphere, const at::Tensor& vertex) const {
    if (vertex.max().item<int64_t>() < label.numel()) return label.index_select(0, vertex);
    if (params_.sphere.path.empty())
      throw Error(hemisphere + "." + params_.name + ".annot has " + std::to_string(label.numel()) + " vertices, the voxels reach vertex " + std::to_string(vertex.max().item<int64_t>()),
                  "take the atlas on the voxels' mesh, or give `sphere`: the folder of that mesh's spheres");
    const at::Tensor all = read_surface(params_.sphere.path + "/" + hemisphere + ".sphere").vertices;
    if (all.size(0) <= vertex.max().item<int64_t>() || all.size(0) < label.numel())
      throw Error(hemisphere + ".sphere has " + std::to_string(all.size(0)) + " vertices, the voxels reach vertex " + std::to_string(vertex.max().item<int64_t>()));
    const at::Tensor unit = all / all.norm(2, {1}, true);  // on a sphere the nearest has the largest product
    const at::Tensor small = unit.slice(0, 0, label.numel()).t().contiguous();
    std::vector<at::Tensor> rows;
    constexpr int64_t kAtOnce = 2048;
    for (int64_t first = 0; first < vertex.numel(); first += kAtOnce)
      rows.push_back(at::matmul(unit.index_select(0, vertex.slice(0, first, std::min(first + kAtOnce, vertex.numel()))), small).argmax(1));
    return label.index_select(0, at::cat(rows));
  }

  ParcelsParams params_;
};

BGRAPH_NODE(Parcels, "io.parcels")

}  // namespace bgraph::io

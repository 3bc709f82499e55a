// io.array: one array of a foreign file.
//
// NumPy (.npy, .npz), HDF5, MATLAB (v5 to v7.3), NIfTI and CIFTI, FreeSurfer (.mgh, .mgz, .annot, .label, surfaces, scalars), GIFTI and
// columns of .tsv and .csv; `item` says which array where a file holds several (plugins/io/arrays/any_array.h has the list). Types
// are kept as far as a tensor can; arrays that are pickles are refused.
//
//   [nodes.ceiling]
//   type = "io.array"
//   file = "${data}/algonauts/subj01/test_split/noise_ceiling/lh_noise_ceiling.npy"
//   dims = ["V"]

#include "any_array.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

namespace bgraph::io {

struct ArrayParams {
  File file;
  std::string item, unit;
  std::vector<std::string> dims;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "the file");
    field("item", item, any(), "which array of it");
    field("dims", dims, any(), "letters of its axes; empty = not named");
    field("unit", unit, any(), "unit of its numbers");
  }
};

class Array final : public Node {
 public:
  explicit Array(ArrayParams params) : params_(std::move(params)) {}

  Out<Tensor> array{this, "array", "the numbers"};

  void run(Context&) override {
    const at::Tensor read = read_array(params_.file.path, params_.item);
    if (!params_.dims.empty() && static_cast<int64_t>(params_.dims.size()) != read.dim())
      throw ShapeError(params_.file.path + ": the array is " + shape_text(read) + ", 'dims' names " + std::to_string(params_.dims.size()) + " axes");
    array = Tensor(read.contiguous(), params_.dims, params_.unit);
  }

 private:
  ArrayParams params_;
};

BGRAPH_NODE(Array, "io.array")

}  // namespace bgraph::io

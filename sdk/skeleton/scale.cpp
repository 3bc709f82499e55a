// skeleton.scale: every number times a factor.
//
//   scaled = factor * input
//
// NaN stays NaN.
//
//   [nodes.louder]
//   type   = "skeleton.scale"
//   factor = 2.0
//   inputs = { input = "some.tensor" }

#include <bgraph/sdk/node.h>

namespace skeleton {

using namespace bgraph;

struct ScaleParams {
  double factor = 1.0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("factor", factor, any(), "what every number is multiplied by");
  }
};

class Scale final : public Node {
 public:
  explicit Scale(ScaleParams params) : params_(params) {}

  In<Tensor> input{this, "input", "any array"};
  Out<Tensor> scaled{this, "scaled", "the same array, scaled", "=input"};

  void run(Context&) override { scaled = Tensor(*input * params_.factor, input->dims, input->unit); }

 private:
  ScaleParams params_;
};

BGRAPH_NODE(Scale, "skeleton.scale")

}  // namespace skeleton

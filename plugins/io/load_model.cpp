// io.load_model: a trained component from a model file: weights and, in the file's metadata, their recipe.
//
// The file is one that `bgraph export` wrote: a safetensors file with the metadata entry "recipe" (component,
// parameters, notes, training images; sdk/contract/model_file.h). The component is built and the weights are
// loaded into it once, so that a file that does not fit is refused here and not in the middle of a run.
// The build id in the recipe is that of the component's plugin as it is now.
//
//   [nodes.low_net]
//   type = "io.load_model"
//   file = "../datasets/toy/weights/low_net.safetensors"

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/weights/model_from_file.h>

namespace bgraph::io {

struct LoadModelParams {
  File file;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "model file (.safetensors) with a recipe in its metadata");
  }
};

class LoadModel final : public Node {
 public:
  explicit LoadModel(LoadModelParams params) : params_(std::move(params)) {}

  Out<Model> model{this, "model", "the component with its weights"};

  void run(Context& ctx) override {
    try {
      Model loaded = model_from_file(ctx, params_.file.path);
      ctx.build<Component>(loaded);
      model = std::move(loaded);
    } catch (Error& error) {
      throw error.during("reading the model in " + params_.file.path);
    }
  }

 private:
  LoadModelParams params_;
};

BGRAPH_NODE(LoadModel, "io.load_model")

}  // namespace bgraph::io

// io.load_torchscript: a TorchScript module, exported from Python, as a component. Runs foreign code.
//
// Such a file is a program: whoever made it decides what happens when it runs. Without allow_code = true in the graph
// the node refuses; with it the model's notes say `untrusted`, and a warning stands in the report. The file itself is
// not opened here: its bytes are the model's one weight, and the component runs them where it is used:
//
//   features.torchscript     an image backbone
//   diffusion.torchscript    the denoising network of a diffusion backend
//
//   [nodes.net]
//   type       = "io.load_torchscript"
//   file       = "backbone.pt"
//   allow_code = true
//   component  = "features.torchscript"
//   settings   = { image_size = 224, mean = [0.485, 0.456, 0.406], sd = [0.229, 0.224, 0.225] }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/empty.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace bgraph::io {

struct LoadTorchscriptParams {
  File file;
  bool allow_code = false;
  std::string name;
  std::string component = "features.torchscript";
  Json settings = Json::object();

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "TorchScript archive (torch.jit.save)");
    field("allow_code", allow_code, any(), "the code in the file may be executed: you trust where it came from");
    field("name", name, any(), "what the network is called wherever it is used; empty: the file's name");
    field("component", component, any(), "what runs it: features.torchscript, diffusion.torchscript, or your own");
    field("settings", settings, any(), "parameters of the component");
  }
};

class LoadTorchscript final : public Node {
 public:
  explicit LoadTorchscript(LoadTorchscriptParams params) : params_(std::move(params)) {}

  Out<Model> model{this, "model", "the component with the module in it, labelled untrusted"};

  void run(Context& ctx) override {
    const std::filesystem::path file = params_.file.path;
    if (!params_.allow_code)
      throw Error(file.string() + " is a program, and this graph does not allow it to run",
                  "allow_code = true, if you trust where the file came from; weights alone come through `bgraph import`");
    const at::Tensor program = bytes_of(file);
    Json params = params_.settings;
    params.update({{"bytes", program.numel()}, {"allow_code", true}});
    Model loaded = ctx.recipe(params_.component, params);
    loaded.weights["program"] = program;
    loaded.trained_on = at::empty({0}, at::kLong);
    loaded.notes = {{"name", params_.name.empty() ? file.stem().string() : params_.name},
                    {"untrusted", "executes code from a TorchScript file"}};
    ctx.warn("untrusted: code from " + file.filename().string() + " runs wherever this model is used");
    model = std::move(loaded);
  }

 private:
  static at::Tensor bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    if (!in) throw Error("cannot read " + file.string() + ": " + std::strerror(errno));
    const auto size = static_cast<int64_t>(in.tellg());
    at::Tensor bytes = at::empty({size}, at::TensorOptions().dtype(at::kByte));
    in.seekg(0).read(static_cast<char*>(bytes.data_ptr()), size);
    if (!in) throw Error(file.string() + " could not be read to its end");
    return bytes;
  }

  LoadTorchscriptParams params_;
};

BGRAPH_NODE(LoadTorchscript, "io.load_torchscript")

}  // namespace bgraph::io

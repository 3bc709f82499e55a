// features.squeezenet: SqueezeNet 1.1 (an ImageBackbone).
//
//   fire(x)   = concat(relu(expand1x1(s)), relu(expand3x3(s))),  s = relu(squeeze(x))
//   logits    = mean over positions of relu(conv 1x1)
//
// Taps: "features.0" (convolution), "features.1" (ReLU), "features.2" (pool), then the fires "features.3", 4, 6, 7, 9
// to 12 with pools at 5 and 8, and "logits". Untold: "logits". LPIPS reads features.1, 4, 7, 9, 10, 11, 12.
// Parameter names are torchvision's; nothing behind the deepest tap is built.
//
// Source: Iandola et al. 2016 (arXiv:1602.07360) and their release of 1.1; layout of torchvision.
//
//   [nodes.squeezenet]
//   type      = "io.load_weights"
//   file      = "${data}/weights/squeezenet1_1.safetensors"
//   component = "features.squeezenet"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/chain_network.h>

#include <ATen/ops/cat.h>

namespace bgraph::features {

struct SqueezenetParams : ChainParams {
  int64_t stem = 64;
  std::vector<int64_t> squeeze = {16, 16, 32, 32, 48, 48, 64, 64};
  int64_t expansion = 4;
  int64_t classes = 1000;

  template <class Visitor>
  void visit(Visitor& field) {
    field("stem", stem, at_least(1), "channels of the first convolution");
    field("squeeze", squeeze, at_least(1), "channels each of the eight fires squeezes to");
    field("expansion", expansion, at_least(1), "channels of each expanding convolution, in multiples of those");
    field("classes", classes, at_least(1), "numbers of the tap \"logits\"");
    ChainParams::visit(field);
  }
};

/// [B, in, H, W] -> [B, 2 expanded, H, W]
struct Fire : torch::nn::Module {
  Fire(int64_t in, int64_t squeezed, int64_t expanded)
      : squeeze(register_module("squeeze", std::make_shared<Conv2d>(in, squeezed, 1))),
        expand1x1(register_module("expand1x1", std::make_shared<Conv2d>(squeezed, expanded, 1))),
        expand3x3(register_module(
            "expand3x3", std::make_shared<Conv2d>(squeezed, expanded, 3, Conv2d::Options{.padding = 1}))) {}

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor few = (*squeeze)(x).relu();
    return at::cat({(*expand1x1)(few), (*expand3x3)(few)}, 1).relu();
  }

  std::shared_ptr<Conv2d> squeeze, expand1x1, expand3x3;
};

class Squeezenet final : public ChainNetwork {
 public:
  explicit Squeezenet(const SqueezenetParams& params) : ChainNetwork(params, {"logits"}) {
    if (params.squeeze.size() != 8)
      throw Error("squeeze has " + std::to_string(params.squeeze.size()) + " numbers, expected one per fire: 8");
    const auto pool = max_pool(3, 2, /*padding=*/0, /*ceil=*/true);
    layer<Conv2d>("features.0", 3, params.stem, 3, Conv2d::Options{.stride = 2});
    function("features.1", relu);
    function("features.2", pool);
    int64_t in = params.stem, number = 3;
    for (size_t fire = 0; fire < params.squeeze.size(); ++fire) {
      if (fire == 2 || fire == 4) function("features." + std::to_string(number++), pool);
      const int64_t squeezed = params.squeeze[fire], expanded = params.expansion * squeezed;
      layer<Fire>("features." + std::to_string(number++), in, squeezed, expanded);
      in = 2 * expanded;
    }
    layer<Conv2d>("classifier.1", in, params.classes, 1);
    function("classifier.2", relu);
    function("classifier.3", average_pool);
    also_called("logits");
    built();
  }
};

BGRAPH_COMPONENT(Squeezenet, "features.squeezenet")

}  // namespace bgraph::features

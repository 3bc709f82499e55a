// features.resnet: residual networks of bottleneck blocks; as it stands, ResNet-50 (an ImageBackbone).
//
//   block(x) = relu(conv 1x1 - conv 3x3 - conv 1x1 of x, batch norm behind each, ReLU between  +  shortcut(x))
//
// The 3x3 convolution carries the stride ("v1.5", as torchvision and SwAV have it). The shortcut is x itself, or a
// convolution 1x1 with batch norm where shapes change.
//
// Taps: "conv1", "bn1", "relu", "maxpool", blocks "layer1.0" to "layer4.2" ("layer1" = its last), "avgpool", "logits".
// Untold: "avgpool", 2048 numbers, which the SwAV distance reads. Parameter names are torchvision's, in SwAV's file
// behind the prefix "module."; nothing behind the deepest tap is built, so `fc`, `projection_head` and `prototypes`
// have no place unless logits are asked for.
//
// Source: He et al. 2016, table 1; layout of torchvision; SwAV: Caron et al. 2020.
//
//   [nodes.swav]
//   type      = "io.load_weights"
//   file      = "${data}/weights/swav_800ep_pretrain.safetensors"
//   component = "features.resnet"
//   prefixes  = { "module." = "" }
//   ignore    = ["*.num_batches_tracked", "module.projection_head.*", "module.prototypes.*"]

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/batch_norm.h>
#include <bgraph/sdk/nn/chain_network.h>

namespace bgraph::features {

struct ResnetParams : ChainParams {
  std::vector<int64_t> blocks = {3, 4, 6, 3};
  int64_t width = 64;
  int64_t classes = 1000;

  template <class Visitor>
  void visit(Visitor& field) {
    field("blocks", blocks, at_least(1), "blocks of each stage; [3, 4, 23, 3] is ResNet-101");
    field("width", width, at_least(1), "channels of the first stage's 3x3 convolutions; doubles with every stage");
    field("classes", classes, at_least(1), "numbers of the tap \"logits\"");
    ChainParams::visit(field);
  }
};

/// The projection of a shortcut: names 0 (convolution) and 1 (norm).
struct Downsample : torch::nn::Module {
  Downsample(int64_t in, int64_t out, int64_t stride)
      : conv(register_module(
            "0", std::make_shared<Conv2d>(in, out, 1, Conv2d::Options{.stride = stride, .bias = false}))),
        norm(register_module("1", std::make_shared<BatchNorm>(out))) {}
  at::Tensor operator()(const at::Tensor& x) const { return (*norm)((*conv)(x)); }

  std::shared_ptr<Conv2d> conv;
  std::shared_ptr<BatchNorm> norm;
};

/// [B, in, H, W] -> [B, 4 width, H / stride, W / stride]
struct Bottleneck : torch::nn::Module {
  static constexpr int64_t kExpansion = 4;

  Bottleneck(int64_t in, int64_t width, int64_t stride) {
    const int64_t out = kExpansion * width;
    const auto conv = [&](const char* name, int64_t from, int64_t to, int64_t kernel, int64_t step) {
      return register_module(name, std::make_shared<Conv2d>(from, to, kernel,
                                                            Conv2d::Options{.stride = step, .padding = kernel / 2, .bias = false}));
    };
    conv1 = conv("conv1", in, width, 1, 1);
    bn1 = register_module("bn1", std::make_shared<BatchNorm>(width));
    conv2 = conv("conv2", width, width, 3, stride);
    bn2 = register_module("bn2", std::make_shared<BatchNorm>(width));
    conv3 = conv("conv3", width, out, 1, 1);
    bn3 = register_module("bn3", std::make_shared<BatchNorm>(out));
    if (stride != 1 || in != out)
      downsample = register_module("downsample", std::make_shared<Downsample>(in, out, stride));
  }

  at::Tensor operator()(const at::Tensor& x) const {
    at::Tensor y = (*bn1)((*conv1)(x)).relu();
    y = (*bn2)((*conv2)(y)).relu();
    y = (*bn3)((*conv3)(y));
    return (y + (downsample ? (*downsample)(x) : x)).relu();
  }

  std::shared_ptr<Conv2d> conv1, conv2, conv3;
  std::shared_ptr<BatchNorm> bn1, bn2, bn3;
  std::shared_ptr<Downsample> downsample;
};

class Resnet final : public ChainNetwork {
 public:
  explicit Resnet(const ResnetParams& params) : ChainNetwork(params, {"avgpool"}) {
    layer<Conv2d>("conv1", 3, params.width, 7, Conv2d::Options{.stride = 2, .padding = 3, .bias = false});
    layer<BatchNorm>("bn1", params.width);
    function("relu", relu);
    function("maxpool", max_pool(3, 2, 1));
    int64_t in = params.width, width = params.width;
    for (size_t stage = 0; stage < params.blocks.size(); ++stage, width *= 2) {
      const std::string name = "layer" + std::to_string(stage + 1);
      for (int64_t b = 0; b < params.blocks[stage]; ++b) {
        layer<Bottleneck>(name + "." + std::to_string(b), in, width, b == 0 && stage > 0 ? 2 : 1);
        in = Bottleneck::kExpansion * width;
      }
      also_called(name);
    }
    function("avgpool", average_pool);
    function("flatten", flat);
    layer<Linear>("fc", in, params.classes);
    also_called("logits");
    built();
  }
};

BGRAPH_COMPONENT(Resnet, "features.resnet")

}  // namespace bgraph::features

// features.efficientnet: EfficientNet by its two scaling factors; as it stands, B1 (an ImageBackbone).
//
//   block(x) = project(gate(depthwise(expand(x))))  [+ x where shapes agree]
//   gate(y)  = y * sigmoid(fc2(silu(fc1(mean over positions of y))))                        squeeze and excitation
//
// expand and project are convolutions 1x1, all three have batch norm, expand and depthwise SiLU behind it. Stages
// of the base network (B0); channels are multiplied by `width` and rounded to multiples of 8, repeats by `depth`
// and rounded up:
//
//   stage       1    2    3    4    5    6    7
//   expansion   1    6    6    6    6    6    6
//   kernel      3    3    5    3    5    5    3
//   stride      1    2    2    2    1    2    1
//   channels   16   24   40   80  112  192  320        32 before, 4 x the last behind
//   repeats     1    2    2    3    3    4    1        B1 (width 1.0, depth 1.1): 2 3 3 4 4 5 2
//
// Taps: "features.0" to "features.8", "avgpool", "logits". Untold: "avgpool", 1280 numbers, which the Eff distance
// reads. Parameter names are torchvision's; nothing behind the deepest tap is built. There is no drop path: it acts
// in training only.
//
// Source: Tan & Le 2019 (arXiv:1905.11946), table 1 and section 4; layout of torchvision. Image size: MindEye2's scores.
//
//   [nodes.efficientnet]
//   type      = "io.load_weights"
//   file      = "${data}/weights/efficientnet_b1.safetensors"
//   component = "features.efficientnet"
//   ignore    = ["*.num_batches_tracked", "classifier.*"]

#include <bgraph/sdk/nn/batch_norm.h>
#include <bgraph/sdk/nn/chain_network.h>
#include <bgraph/sdk/nn/module_list.h>

#include <ATen/ops/silu.h>

#include <algorithm>
#include <cmath>

namespace bgraph::features {

struct EfficientnetParams : ChainParams {
  EfficientnetParams() { image_size = 255; }
  double width = 1.0;
  double depth = 1.1;
  int64_t classes = 1000;

  template <class Visitor>
  void visit(Visitor& field) {
    field("width", width, above(0), "factor on the channels of B0");
    field("depth", depth, above(0), "factor on the repeats of B0");
    field("classes", classes, at_least(1), "numbers of the tap \"logits\"");
    ChainParams::visit(field);
  }
};

/// Convolution and norm, named 0 and 1, then SiLU or nothing.
struct ConvNorm : torch::nn::Module {
  ConvNorm(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t groups, bool activated)
      : conv(register_module("0", std::make_shared<Conv2d>(in, out, kernel,
                                                           Conv2d::Options{.stride = stride, .padding = kernel / 2,
                                                                           .bias = false, .groups = groups}))),
        norm(register_module("1", std::make_shared<BatchNorm>(out))),
        activated(activated) {}

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor y = (*norm)((*conv)(x));
    return activated ? at::silu(y) : y;
  }

  std::shared_ptr<Conv2d> conv;
  std::shared_ptr<BatchNorm> norm;
  bool activated;
};

/// Squeeze and excitation: every channel times a gate computed from the means of all.
struct ChannelGate : torch::nn::Module {
  ChannelGate(int64_t channels, int64_t squeezed)
      : fc1(register_module("fc1", std::make_shared<Conv2d>(channels, squeezed, 1))),
        fc2(register_module("fc2", std::make_shared<Conv2d>(squeezed, channels, 1))) {}

  at::Tensor operator()(const at::Tensor& x) const {
    return x * (*fc2)(at::silu((*fc1)(average_pool(x)))).sigmoid();
  }

  std::shared_ptr<Conv2d> fc1, fc2;
};

/// The inverted bottleneck; its parts are "block.0" onwards, without the expansion where it would do nothing.
struct InvertedBottleneck : torch::nn::Module {
  struct Shape {
    int64_t expansion, kernel, stride, in, out;
  };

  explicit InvertedBottleneck(const Shape& shape) : residual(shape.stride == 1 && shape.in == shape.out) {
    const int64_t wide = shape.expansion * shape.in;
    int number = 0;
    const auto part = [&]<class M>(std::shared_ptr<M> module) {
      return register_at(*this, "block." + std::to_string(number++), std::move(module));
    };
    if (wide != shape.in) expand = part(std::make_shared<ConvNorm>(shape.in, wide, 1, 1, 1, true));
    depthwise = part(std::make_shared<ConvNorm>(wide, wide, shape.kernel, shape.stride, wide, true));
    gate = part(std::make_shared<ChannelGate>(wide, std::max<int64_t>(1, shape.in / 4)));
    project = part(std::make_shared<ConvNorm>(wide, shape.out, 1, 1, 1, false));
  }

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor wide = (*gate)((*depthwise)(expand ? (*expand)(x) : x));
    return residual ? x + (*project)(wide) : (*project)(wide);
  }

  std::shared_ptr<ConvNorm> expand, depthwise, project;
  std::shared_ptr<ChannelGate> gate;
  bool residual;
};

/// Blocks one after the other, named 0, 1, ...
struct Stage : ModuleList<InvertedBottleneck> {
  Stage(InvertedBottleneck::Shape shape, int64_t repeats) {
    for (int64_t i = 0; i < repeats; ++i) {
      add(std::make_shared<InvertedBottleneck>(shape));
      shape.stride = 1;
      shape.in = shape.out;
    }
  }
  at::Tensor operator()(at::Tensor x) const {
    for (size_t i = 0; i < size(); ++i) x = (*this)[i](x);
    return x;
  }
};

class Efficientnet final : public ChainNetwork {
 public:
  explicit Efficientnet(const EfficientnetParams& params) : ChainNetwork(params, {"avgpool"}) {
    struct Base {
      int64_t expansion, kernel, stride, channels, repeats;
    };
    constexpr Base stages[] = {{1, 3, 1, 16, 1},  {6, 3, 2, 24, 2},  {6, 5, 2, 40, 2}, {6, 3, 2, 80, 3},
                               {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1}};
    int64_t in = channels(32, params.width), number = 0;
    const auto next = [&] { return "features." + std::to_string(number++); };
    layer<ConvNorm>(next(), 3, in, 3, 2, 1, true);
    for (const Base& stage : stages) {
      const int64_t out = channels(stage.channels, params.width);
      const auto repeats = static_cast<int64_t>(std::ceil(static_cast<double>(stage.repeats) * params.depth));
      layer<Stage>(next(), InvertedBottleneck::Shape{stage.expansion, stage.kernel, stage.stride, in, out}, repeats);
      in = out;
    }
    layer<ConvNorm>(next(), in, 4 * in, 1, 1, 1, true);
    function("avgpool", average_pool);
    function("flatten", flat);
    layer<Linear>("classifier.1", 4 * in, params.classes);
    also_called("logits");
    built();
  }

 private:
  /// The nearest multiple of 8, but never below nine tenths of what was asked for.
  static int64_t channels(int64_t base, double width) {
    const double wanted = static_cast<double>(base) * width;
    const int64_t near = std::max<int64_t>(8, static_cast<int64_t>(wanted + 4) / 8 * 8);
    return static_cast<double>(near) < 0.9 * wanted ? near + 8 : near;
  }
};

BGRAPH_COMPONENT(Efficientnet, "features.efficientnet")

}  // namespace bgraph::features

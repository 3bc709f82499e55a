// features.alexnet: AlexNet in its one-column form (an ImageBackbone).
//
//   features.0, 3, 6, 8, 10   convolutions 11x11 stride 4, 5x5, and three of 3x3, a ReLU behind each
//   features.2, 5, 12         max-pool 3x3, stride 2
//   logits                    three linear layers over 6 x 6 positions
//
// Taps: "features.0" onwards as torchvision numbers its layers, "avgpool", "logits". Untold: "features.4" and
// "features.11", the ReLUs behind the second and fifth convolution, which two-way identification calls Alex(2) and
// Alex(5). Parameter names are torchvision's; nothing behind the deepest tap is built.
//
// Source: Krizhevsky 2014 (arXiv:1404.5997), layout of torchvision. Image size and taps: MindEye2's scores.
//
//   [nodes.alexnet]
//   type      = "io.load_weights"
//   file      = "${data}/weights/alexnet.safetensors"
//   component = "features.alexnet"
//   ignore    = ["classifier.*"]

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/chain_network.h>

#include <ATen/ops/adaptive_avg_pool2d.h>

namespace bgraph::features {

struct AlexnetParams : ChainParams {
  AlexnetParams() { image_size = 256; }
  std::vector<int64_t> channels = {64, 192, 384, 256, 256};
  int64_t hidden = 4096;
  int64_t classes = 1000;

  template <class Visitor>
  void visit(Visitor& field) {
    field("channels", channels, at_least(1), "channels of the five convolutions");
    field("hidden", hidden, at_least(1), "width of the classifier's hidden layers");
    field("classes", classes, at_least(1), "numbers of the tap \"logits\"");
    ChainParams::visit(field);
  }
};

class Alexnet final : public ChainNetwork {
 public:
  explicit Alexnet(const AlexnetParams& params) : ChainNetwork(params, {"features.4", "features.11"}) {
    const auto& channels = params.channels;
    if (channels.size() != 5)
      throw Error("channels has " + std::to_string(channels.size()) + " numbers, expected one per convolution: 5");
    layer<Conv2d>("features.0", 3, channels[0], 11, Conv2d::Options{.stride = 4, .padding = 2});
    function("features.1", relu);
    function("features.2", max_pool(3, 2));
    layer<Conv2d>("features.3", channels[0], channels[1], 5, Conv2d::Options{.padding = 2});
    function("features.4", relu);
    function("features.5", max_pool(3, 2));
    layer<Conv2d>("features.6", channels[1], channels[2], 3, Conv2d::Options{.padding = 1});
    function("features.7", relu);
    layer<Conv2d>("features.8", channels[2], channels[3], 3, Conv2d::Options{.padding = 1});
    function("features.9", relu);
    layer<Conv2d>("features.10", channels[3], channels[4], 3, Conv2d::Options{.padding = 1});
    function("features.11", relu);
    function("features.12", max_pool(3, 2));
    function("avgpool", [](const at::Tensor& x) { return at::adaptive_avg_pool2d(x, {kPooled, kPooled}); });
    function("flatten", flat);
    layer<Linear>("classifier.1", channels[4] * kPooled * kPooled, params.hidden);
    function("classifier.2", relu);
    layer<Linear>("classifier.4", params.hidden, params.hidden);
    function("classifier.5", relu);
    layer<Linear>("classifier.6", params.hidden, params.classes);
    also_called("logits");
    built();
  }

 private:
  static constexpr int64_t kPooled = 6;  // height and width the classifier sees
};

BGRAPH_COMPONENT(Alexnet, "features.alexnet")

}  // namespace bgraph::features

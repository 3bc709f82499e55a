// features.vgg: the VGG networks, with batch norm or without (an ImageBackbone).
//
//   stage s = convolutions_s times (conv 3x3 -> [batch norm] -> ReLU) at channels_s, then max-pool 2x2
//   logits  = three linear layers over 7 x 7 positions
//
//   network    convolutions      batch_norm
//   VGG16-BN   [2, 2, 3, 3, 3]   true         the default; taps 5, 12, 22, 32, 42 are Brain-IT's low-level targets
//   VGG-19     [2, 2, 4, 4, 4]   false
//   VGG16      [2, 2, 3, 3, 3]   false
//
// Taps: "features.0" onwards as torchvision numbers its layers (convolution, norm, ReLU and pooling count alike), or
// "relu3_1" = the ReLU behind the first convolution of stage 3; "avgpool", "logits". Untold, the last ReLU of every
// stage is tapped: "features.5", ..., "features.42" in VGG16-BN.
// Parameter names are torchvision's: features.{i}.*, classifier.{0,3,6}.*. Nothing behind the deepest tap is built.
//
// Brain-IT's 7190 tokens of width 512 are those five taps of VGG16-BN through features.tokens with
// kernels = [2, 2, 1, 1, 1], strides = [2, 1, 1, 1, 1], copies = [2, 1, 2, 1, 1].
//
// Source: Simonyan & Zisserman 2015, table 1 (D and E); layout of torchvision. Image size and taps: Brain-IT
// (arXiv:2510.25976), low-level branch, as released.
//
//   [nodes.vgg19]
//   type      = "io.load_weights"
//   file      = "${data}/weights/vgg19_to_relu3_1.safetensors"
//   component = "features.vgg"
//   settings  = { convolutions = [2, 2, 4, 4, 4], batch_norm = false, taps = ["relu3_1"] }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/batch_norm.h>
#include <bgraph/sdk/nn/chain_network.h>

#include <ATen/ops/adaptive_avg_pool2d.h>

namespace bgraph::features {

struct VggParams : ChainParams {
  VggParams() { image_size = 112; }
  std::vector<int64_t> convolutions = {2, 2, 3, 3, 3};
  std::vector<int64_t> channels = {64, 128, 256, 512, 512};
  bool batch_norm = true;
  int64_t hidden = 4096;
  int64_t classes = 1000;

  template <class Visitor>
  void visit(Visitor& field) {
    field("convolutions", convolutions, at_least(1), "convolutions of each stage");
    field("channels", channels, at_least(1), "channels of each stage");
    field("batch_norm", batch_norm, any(), "normalise after each convolution");
    field("hidden", hidden, at_least(1), "width of the classifier's hidden layers");
    field("classes", classes, at_least(1), "numbers of the tap \"logits\"");
    ChainParams::visit(field);
  }
};

class Vgg final : public ChainNetwork {
 public:
  explicit Vgg(const VggParams& params) : ChainNetwork(params, last_of_each_stage(params)) {
    if (params.convolutions.size() != params.channels.size())
      throw Error("convolutions has " + std::to_string(params.convolutions.size()) + " numbers, channels " +
                      std::to_string(params.channels.size()),
                  "give one of each per stage");
    int64_t number = 0, in = 3;
    const auto next = [&] { return "features." + std::to_string(number++); };
    for (size_t s = 0; s < params.channels.size(); ++s) {
      for (int64_t c = 0; c < params.convolutions[s]; ++c) {
        const int64_t out = params.channels[s];
        layer<Conv2d>(next(), in, out, 3, Conv2d::Options{.padding = 1});
        if (params.batch_norm) layer<BatchNorm>(next(), out);
        function(next(), relu);
        also_called("relu" + std::to_string(s + 1) + "_" + std::to_string(c + 1));
        in = out;
      }
      function(next(), max_pool(2, 2));
    }
    function("avgpool", [](const at::Tensor& x) { return at::adaptive_avg_pool2d(x, {kPooled, kPooled}); });
    function("flatten", flat);
    layer<Linear>("classifier.0", in * kPooled * kPooled, params.hidden);
    function("classifier.1", relu);
    layer<Linear>("classifier.3", params.hidden, params.hidden);
    function("classifier.4", relu);
    layer<Linear>("classifier.6", params.hidden, params.classes);
    also_called("logits");
    built();
  }

 private:
  static constexpr int64_t kPooled = 7;  // height and width the classifier sees

  static std::vector<std::string> last_of_each_stage(const VggParams& params) {
    std::vector<std::string> taps;
    const int64_t each = params.batch_norm ? 3 : 2;  // layers per convolution
    int64_t number = -1;
    for (const int64_t convolutions : params.convolutions) {
      taps.push_back("features." + std::to_string(number += each * convolutions));
      ++number;  // the pooling
    }
    return taps;
  }
};

BGRAPH_COMPONENT(Vgg, "features.vgg")

}  // namespace bgraph::features

// features.inception_v3: InceptionV3 as torchvision ships it (an ImageBackbone).
//
//   x' = x * sd_c / 0.5 + (mean_c - 0.5) / 0.5       ImageNet normalisation -> [-1, 1], as the original weights want it
//
// The weights come from another library, whose images were in [-1, 1]; the published scores normalise by ImageNet's
// statistics first and leave it to the network to change units ("transform_input"). It is step 0 here and part of
// the network, whatever its input was normalised by.
// Every convolution has batch norm (eps 0.001) and ReLU behind it, and no bias. `narrow` divides all channels, for
// networks that fit into a test.
//
// Taps: "transform_input", "Conv2d_1a_3x3", ..., "Mixed_5b", ..., "Mixed_7c", "avgpool", "logits". Untold: "avgpool",
// 2048 numbers, which two-way identification (Incep) reads. Parameter names are torchvision's; nothing behind the
// deepest tap is built, and never the auxiliary classifier (AuxLogits.*), which only training used.
//
// Source: Szegedy et al. 2016 (arXiv:1512.00567), table 1 and figures 5 to 7; layout and transform_input of
// torchvision. Image size: MindEye2's scores.
//
//   [nodes.inception]
//   type      = "io.load_weights"
//   file      = "${data}/weights/inception_v3.safetensors"
//   component = "features.inception_v3"
//   ignore    = ["*.num_batches_tracked", "AuxLogits.*", "fc.*"]

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/batch_norm.h>
#include <bgraph/sdk/nn/chain_network.h>

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

namespace bgraph::features {

struct InceptionV3Params : ChainParams {
  InceptionV3Params() { image_size = 342; }
  int64_t narrow = 1;
  int64_t classes = 1000;

  template <class Visitor>
  void visit(Visitor& field) {
    field("narrow", narrow, at_least(1), "all channels divided by this; 1, 2, 4, 8 or 16");
    field("classes", classes, at_least(1), "numbers of the tap \"logits\"");
    ChainParams::visit(field);
  }
};

/// Convolution, norm and ReLU: names conv and bn.
struct Unit : torch::nn::Module {
  Unit(int64_t in, int64_t out, Extent kernel, int64_t stride = 1, Extent padding = 0)
      : conv(register_module("conv", std::make_shared<Conv2d>(
                                         in, out, kernel,
                                         Conv2d::Options{.stride = stride, .padding = padding, .bias = false}))),
        bn(register_module("bn", std::make_shared<BatchNorm>(out, /*eps=*/1e-3))) {}
  at::Tensor operator()(const at::Tensor& x) const { return (*bn)((*conv)(x)).relu(); }

  std::shared_ptr<Conv2d> conv;
  std::shared_ptr<BatchNorm> bn;
};

/// Parallel branches whose outputs lie side by side; how they are wired is the constructor's.
class Mixed : public torch::nn::Module {
 public:
  at::Tensor operator()(const at::Tensor& x) const {
    std::vector<at::Tensor> outputs;
    for (const auto& branch : branches_)
      for (auto& output : branch(x)) outputs.push_back(std::move(output));
    return at::cat(outputs, 1);
  }

 protected:
  using Branch = std::function<std::vector<at::Tensor>(const at::Tensor&)>;
  using UnitPtr = std::shared_ptr<Unit>;

  explicit Mixed(int64_t narrow) : narrow_(narrow) {}

  /// `in` counts what really comes in, `out` is the published width.
  UnitPtr unit(const std::string& name, int64_t in, int64_t out, Extent kernel, int64_t stride = 1, Extent padding = 0) {
    return register_module(name, std::make_shared<Unit>(in, out / narrow_, kernel, stride, padding));
  }
  UnitPtr square(const std::string& name, int64_t in, int64_t out, int64_t side) {  // keeps the map's size
    return unit(name, in, out, side, 1, side / 2);
  }
  UnitPtr row(const std::string& name, int64_t in, int64_t out, int64_t length) {
    return unit(name, in, out, {1, length}, 1, {0, length / 2});
  }
  UnitPtr column(const std::string& name, int64_t in, int64_t out, int64_t length) {
    return unit(name, in, out, {length, 1}, 1, {length / 2, 0});
  }
  static int64_t width(const UnitPtr& unit) { return unit->conv->weight.size(0); }

  /// Units one after the other.
  void branch(std::vector<UnitPtr> units) {
    branches_.push_back([units](at::Tensor x) {
      for (const auto& unit : units) x = (*unit)(x);
      return std::vector<at::Tensor>{x};
    });
  }
  /// Units one after the other, then two on the same map, side by side.
  void forked_branch(std::vector<UnitPtr> units, UnitPtr left, UnitPtr right) {
    branches_.push_back([units, left, right](at::Tensor x) {
      for (const auto& unit : units) x = (*unit)(x);
      return std::vector<at::Tensor>{(*left)(x), (*right)(x)};
    });
  }
  void pooled_branch(UnitPtr unit) {
    branches_.push_back([unit](const at::Tensor& x) {
      return std::vector<at::Tensor>{(*unit)(at::avg_pool2d(x, 3, /*stride=*/1, /*padding=*/1))};
    });
  }
  void max_branch() {
    branches_.push_back([](const at::Tensor& x) { return std::vector<at::Tensor>{max_pool(3, 2)(x)}; });
  }

 private:
  int64_t narrow_;
  std::vector<Branch> branches_;
};

/// Mixed_5: 1x1, 5x5, twice 3x3, pool.   [B, in, H, W] -> [B, 224 + pooled, H, W]
struct Mixed5 : Mixed {
  Mixed5(int64_t in, int64_t pooled, int64_t narrow) : Mixed(narrow) {
    branch({square("branch1x1", in, 64, 1)});
    const auto b1 = square("branch5x5_1", in, 48, 1);
    branch({b1, square("branch5x5_2", width(b1), 64, 5)});
    const auto c1 = square("branch3x3dbl_1", in, 64, 1);
    const auto c2 = square("branch3x3dbl_2", width(c1), 96, 3);
    branch({c1, c2, square("branch3x3dbl_3", width(c2), 96, 3)});
    pooled_branch(square("branch_pool", in, pooled, 1));
  }
};

/// Mixed_6a: 3x3 stride 2, twice 3x3, max-pool.   [B, in, H, W] -> [B, 480 + in, H / 2, W / 2]
struct Mixed6a : Mixed {
  Mixed6a(int64_t in, int64_t narrow) : Mixed(narrow) {
    branch({unit("branch3x3", in, 384, 3, 2)});
    const auto b1 = square("branch3x3dbl_1", in, 64, 1);
    const auto b2 = square("branch3x3dbl_2", width(b1), 96, 3);
    branch({b1, b2, unit("branch3x3dbl_3", width(b2), 96, 3, 2)});
    max_branch();
  }
};

/// Mixed_6b to 6e: 1x1, 7x7 in two passes, twice that, pool.   [B, in, H, W] -> [B, 768, H, W]
struct Mixed6 : Mixed {
  Mixed6(int64_t in, int64_t inner, int64_t narrow) : Mixed(narrow) {
    branch({square("branch1x1", in, 192, 1)});
    const int64_t between = inner / narrow;
    const auto b1 = square("branch7x7_1", in, inner, 1), b2 = row("branch7x7_2", between, inner, 7);
    branch({b1, b2, column("branch7x7_3", between, 192, 7)});
    const auto c1 = square("branch7x7dbl_1", in, inner, 1), c2 = column("branch7x7dbl_2", between, inner, 7);
    const auto c3 = row("branch7x7dbl_3", between, inner, 7), c4 = column("branch7x7dbl_4", between, inner, 7);
    branch({c1, c2, c3, c4, row("branch7x7dbl_5", between, 192, 7)});
    pooled_branch(square("branch_pool", in, 192, 1));
  }
};

/// Mixed_7a: 3x3 stride 2, 7x7 then 3x3 stride 2, max-pool.   [B, in, H, W] -> [B, 512 + in, H / 2, W / 2]
struct Mixed7a : Mixed {
  Mixed7a(int64_t in, int64_t narrow) : Mixed(narrow) {
    const auto b1 = square("branch3x3_1", in, 192, 1);
    branch({b1, unit("branch3x3_2", width(b1), 320, 3, 2)});
    const auto c1 = square("branch7x7x3_1", in, 192, 1), c2 = row("branch7x7x3_2", width(c1), 192, 7);
    const auto c3 = column("branch7x7x3_3", width(c2), 192, 7);
    branch({c1, c2, c3, unit("branch7x7x3_4", width(c3), 192, 3, 2)});
    max_branch();
  }
};

/// Mixed_7b and 7c: 1x1, 3x3 as row beside column, the same behind a 3x3, pool.   [B, in, H, W] -> [B, 2048, H, W]
struct Mixed7 : Mixed {
  Mixed7(int64_t in, int64_t narrow) : Mixed(narrow) {
    branch({square("branch1x1", in, 320, 1)});
    const auto b1 = square("branch3x3_1", in, 384, 1);
    const auto b2 = row("branch3x3_2a", width(b1), 384, 3), b3 = column("branch3x3_2b", width(b1), 384, 3);
    forked_branch({b1}, b2, b3);
    const auto c1 = square("branch3x3dbl_1", in, 448, 1), c2 = square("branch3x3dbl_2", width(c1), 384, 3);
    const auto c3 = row("branch3x3dbl_3a", width(c2), 384, 3), c4 = column("branch3x3dbl_3b", width(c2), 384, 3);
    forked_branch({c1, c2}, c3, c4);
    pooled_branch(square("branch_pool", in, 192, 1));
  }
};

class InceptionV3 final : public ChainNetwork {
 public:
  explicit InceptionV3(const InceptionV3Params& params) : ChainNetwork(params, {"avgpool"}) {
    const int64_t n = params.narrow;
    if (16 % n != 0) throw Error("narrow is " + std::to_string(n) + ", which does not divide all channels", "use 1, 2, 4, 8 or 16");
    function("transform_input", centred_on_grey);
    layer<Unit>("Conv2d_1a_3x3", 3, 32 / n, 3, 2);
    layer<Unit>("Conv2d_2a_3x3", 32 / n, 32 / n, 3);
    layer<Unit>("Conv2d_2b_3x3", 32 / n, 64 / n, 3, 1, 1);
    function("maxpool1", max_pool(3, 2));
    layer<Unit>("Conv2d_3b_1x1", 64 / n, 80 / n, 1);
    layer<Unit>("Conv2d_4a_3x3", 80 / n, 192 / n, 3);
    function("maxpool2", max_pool(3, 2));
    layer<Mixed5>("Mixed_5b", 192 / n, 32, n);
    layer<Mixed5>("Mixed_5c", 256 / n, 64, n);
    layer<Mixed5>("Mixed_5d", 288 / n, 64, n);
    layer<Mixed6a>("Mixed_6a", 288 / n, n);
    layer<Mixed6>("Mixed_6b", 768 / n, 128, n);
    layer<Mixed6>("Mixed_6c", 768 / n, 160, n);
    layer<Mixed6>("Mixed_6d", 768 / n, 160, n);
    layer<Mixed6>("Mixed_6e", 768 / n, 192, n);
    layer<Mixed7a>("Mixed_7a", 768 / n, n);
    layer<Mixed7>("Mixed_7b", 1280 / n, n);
    layer<Mixed7>("Mixed_7c", 2048 / n, n);
    function("avgpool", average_pool);
    function("flatten", flat);
    layer<Linear>("fc", 2048 / n, params.classes);
    also_called("logits");
    built();
  }

 private:
  /// ImageNet-normalised -> [-1, 1].
  static at::Tensor centred_on_grey(const at::Tensor& x) {
    const ChainParams imagenet;
    const at::Tensor mean = at::tensor(imagenet.mean), sd = at::tensor(imagenet.sd);
    const at::Tensor scale = (sd / 0.5).to(x.options()).view({1, 3, 1, 1});
    const at::Tensor shift = ((mean - 0.5) / 0.5).to(x.options()).view({1, 3, 1, 1});
    return x * scale + shift;
  }
};

BGRAPH_COMPONENT(InceptionV3, "features.inception_v3")

}  // namespace bgraph::features

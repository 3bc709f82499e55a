// features.tokens: the token grids of a network for images: what decoders predict and inversion inverts.
//
//   tokens_l = unfold(tap_l(image), kernel_l, stride_l), each token repeated copies_l times
//
// kernel 1, stride 1 takes one token per position; 2, 2 takes 2x2 patches; 2, 1 takes overlapping 2x2 patches
// (sdk/nn/tokenisation.h has the formula and the way back). One number stands for all layers.
// Tokens that stand before a grid (the class token of a vision transformer) are left out.
// Images of several inputs follow each other and must share their numbering; their split must agree too.
// Evaluated in a fixed batch, because rows change in their last bits with it. Pictures that stay in files are read batch by batch,
// while the network looks at the batch before.
//
// `lazy = true` yields a view instead of numbers: network and images by digest, and how maps become tokens. Training
// (decoding.train, decoding.transfer) evaluates the images of each step; every other input evaluates the whole when it is read,
// in the same batches and so in the same bits. 7190 tokens of width 512 are 15 MB a picture.
//
// Source: Brain-IT (arXiv:2510.25976), low-level branch (VGG tokens) and semantic branch (target tokens).
//
//   [nodes.low_tokens]
//   type    = "features.tokens"
//   layers  = ["stage2", "stage3"]
//   kernels = [2, 1]
//   strides = [2, 1]
//   inputs  = { images = "brains.train_images", model = "low_net" }

#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/features_view.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>

namespace bgraph::features {

struct TokensParams {
  std::vector<std::string> layers;
  std::vector<int64_t> kernels = {1};
  std::vector<int64_t> strides = {1};
  std::vector<int64_t> copies = {1};
  int64_t batch = 64;
  bool lazy = false;

  template <class Visitor>
  void visit(Visitor& field) {
    field("layers", layers, any(), "taps of the network, in its order; empty: all");
    field("kernels", kernels, at_least(1), "side of the patch that becomes a token, per layer");
    field("strides", strides, at_least(1), "step between patches, per layer");
    field("copies", copies, at_least(1), "times each token is repeated along its width, per layer");
    field("batch", batch, at_least(1), "images evaluated together");
    field("lazy", lazy, any(), "keep how to make the tokens, not the numbers");
  }
};

class Tokens final : public Node {
 public:
  explicit Tokens(TokensParams params) : params_(std::move(params)) {}

  InList<Images> images{this, "images", "pictures, one split of one numbering", kStored};
  In<Model> model{this, "model", "an ImageBackbone"};
  Out<Features> features{this, "features", "token grids, a row per image", "=images"};

  void run(Context& ctx) override {
    check_labels();
    const auto network = ctx.build<ImageBackbone>(*model);
    const auto layers = chosen(*network);
    std::vector<Tokenisation> how;
    for (size_t l = 0; l < layers.size(); ++l) how.push_back(tokenisation(l, layers.size()));
    TokenSource source(ctx, network, layers, how, *images, params_.batch);

    Features result{.id_space = images[0].id_space, .split = images[0].split, .network = network_name()};
    std::vector<at::Tensor> ids;
    for (const auto& part : images) ids.push_back(part.image_id);
    result.image_id = at::cat(ids);
    if (params_.lazy) {
      result.view = FeaturesView{.model = model.digest().hex(), .how = how, .batch = params_.batch, .row = at::arange(source.images(), at::kLong)};
      for (size_t i = 0; i < images.size(); ++i) result.view->images.push_back(images.digest(i).hex());
      for (auto& layer : source.tokens({0})) {  // one image tells the sizes
        layer.tokens = at::empty({source.images(), layer.tokens.size(1), layer.tokens.size(2)}, layer.tokens.options().device(at::kMeta));
        result.layers.push_back(std::move(layer));
      }
    } else {
      std::vector<int64_t> rows(static_cast<size_t>(source.images()));
      std::iota(rows.begin(), rows.end(), 0);
      result.layers = source.held(rows);
    }
    features = std::move(result);
  }

 private:
  void check_labels() const {
    for (const auto& part : images) {
      if (part.split != images[0].split)
        throw Error("images of split '" + part.split + "' and of split '" + images[0].split +
                    "' in one list", "tokenise them in two nodes, so that each keeps its label");
      if (part.id_space != images[0].id_space)
        throw Error("images numbered as '" + part.id_space + "' and as '" + images[0].id_space + "' in one list",
                    "tokenise them in two nodes");
    }
  }

  /// "low_net 3f9a02c41b77": the name it was exported under, and its content.
  std::string network_name() const {
    return model->notes.value("name", model->component) + " " + model.digest().brief();
  }

  /// The taps asked for, in the network's order.
  std::vector<std::string> chosen(const ImageBackbone& network) const {
    const auto taps = network.taps();
    for (const auto& layer : params_.layers)
      if (std::find(taps.begin(), taps.end(), layer) == taps.end())
        throw Error("the network has no tap '" + layer + "'", did_you_mean(layer, taps));
    if (params_.layers.empty()) return taps;
    std::vector<std::string> some;
    for (const auto& tap : taps)
      if (std::find(params_.layers.begin(), params_.layers.end(), tap) != params_.layers.end()) some.push_back(tap);
    return some;
  }

  Tokenisation tokenisation(size_t layer, size_t layers) const {
    return {of_layer("kernels", params_.kernels, layer, layers), of_layer("strides", params_.strides, layer, layers),
            of_layer("copies", params_.copies, layer, layers)};
  }

  static int64_t of_layer(const char* name, const std::vector<int64_t>& values, size_t layer, size_t layers) {
    if (values.size() != 1 && values.size() != layers)
      throw Error(std::string(name) + " has " + std::to_string(values.size()) + " numbers for " +
                  std::to_string(layers) + " layers", "give one per layer, or one for all");
    return values.size() == 1 ? values[0] : values[layer];
  }

  TokensParams params_;
};

BGRAPH_NODE(Tokens, "features.tokens")

}  // namespace bgraph::features

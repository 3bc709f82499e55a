// features.tokens: the token grids of a network for images: what decoders predict and inversion inverts.
//
//   tokens_l = unfold(tap_l(image), kernel_l, stride_l), each token repeated copies_l times
//
// kernel 1, stride 1 takes one token per position; 2, 2 takes 2x2 patches; 2, 1 takes overlapping 2x2 patches
// (sdk/nn/tokenisation.h has the formula and the way back). One number stands for all layers.
// Tokens that stand before a grid (the class token of a vision transformer) are left out.
// Images of several inputs follow each other and must share their numbering; their split must agree too.
// Evaluated in a fixed batch, because rows change in their last bits with it.
//
// Source: Brain-IT (arXiv:2510.25976), low-level branch (VGG tokens) and semantic branch (target tokens).
//
//   [nodes.low_tokens]
//   type    = "features.tokens"
//   layers  = ["stage2", "stage3"]
//   kernels = [2, 1]
//   strides = [2, 1]
//   inputs  = { images = "brains.train_images", model = "low_net" }

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/nn/tokenisation.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>

namespace bgraph::features {

struct TokensParams {
  std::vector<std::string> layers;
  std::vector<int64_t> kernels = {1};
  std::vector<int64_t> strides = {1};
  std::vector<int64_t> copies = {1};
  int64_t batch = 64;

  template <class Visitor>
  void visit(Visitor& field) {
    field("layers", layers, any(), "taps of the network, in its order; empty: all");
    field("kernels", kernels, at_least(1), "side of the patch that becomes a token, per layer");
    field("strides", strides, at_least(1), "step between patches, per layer");
    field("copies", copies, at_least(1), "times each token is repeated along its width, per layer");
    field("batch", batch, at_least(1), "images evaluated together");
  }
};

class Tokens final : public Node {
 public:
  explicit Tokens(TokensParams params) : params_(std::move(params)) {}

  InList<Images> images{this, "images", "pictures, one split of one numbering"};
  In<Model> model{this, "model", "an ImageBackbone"};
  Out<Features> features{this, "features", "token grids, a row per image", "=images"};

  void run(Context& ctx) override {
    const auto network = ctx.build<ImageBackbone>(*model);
    check_layers(*network);
    const Images all = joined();
    std::vector<std::vector<at::Tensor>> tokens;  // [layer][batch]
    std::vector<TokenGrid> grids;
    at::NoGradGuard no_grad;
    for (int64_t begin = 0; begin < all.size(); begin += params_.batch) {
      ctx.stop_if_cancelled();
      const int64_t end = std::min(begin + params_.batch, all.size());
      grids = chosen(network->forward(all.rows(begin, end).unit_range().to(ctx.device())));
      tokens.resize(grids.size());
      for (size_t l = 0; l < grids.size(); ++l) {
        const Tokenisation how = tokenisation(l, grids.size());
        const at::Tensor map = grids[l].on_grid().transpose(1, 2).unflatten(2, {grids[l].height, grids[l].width});
        tokens[l].push_back(tokens_from_map(map, how).to(at::kFloat).cpu());  // [B, P, D]
        grids[l].height = how.positions(grids[l].height);
        grids[l].width = how.positions(grids[l].width);
      }
      ctx.progress(end, all.size(), "images");
    }
    Features result{.image_id = all.image_id, .id_space = all.id_space, .split = all.split,
                    .network = network_name()};
    for (size_t l = 0; l < tokens.size(); ++l)
      result.layers.push_back({grids[l].name, at::cat(tokens[l]), grids[l].height, grids[l].width});
    features = std::move(result);
  }

 private:
  Images joined() const {
    for (const auto& part : images)
      if (part.split != images[0].split)
        throw Error("images of split '" + part.split + "' and of split '" + images[0].split +
                    "' in one list", "tokenise them in two nodes, so that each keeps its label");
    return Images::concat(*images);
  }

  /// "low_net 3f9a02c41b77": the name it was exported under, and its content.
  std::string network_name() const {
    return model->notes.value("name", model->component) + " " + model.digest().brief();
  }

  void check_layers(const ImageBackbone& network) const {
    const auto taps = network.taps();
    for (const auto& layer : params_.layers)
      if (std::find(taps.begin(), taps.end(), layer) == taps.end())
        throw Error("the network has no tap '" + layer + "'", did_you_mean(layer, taps));
  }

  std::vector<TokenGrid> chosen(std::vector<TokenGrid> grids) const {
    if (params_.layers.empty()) return grids;
    std::erase_if(grids, [&](const TokenGrid& grid) {
      return std::find(params_.layers.begin(), params_.layers.end(), grid.name) == params_.layers.end();
    });
    return grids;
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

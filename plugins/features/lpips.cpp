// features.lpips: the learned perceptual distance of two pictures, from a network and the heads learned on it.
//
//   u_l    = x_l / (|x_l| + 1e-10)                           tap l of the network, each position of unit length
//   d_l    = mean over positions of  w_l . (u_l(a) - u_l(b))^2
//   LPIPS  = sum_l d_l
//
// w_l, the linear heads, are learned from human judgements, one number per channel: lin{l}.model.1.weight
// [1, C_l, 1, 1] as in the published files. The network is the part "network", an ImageBackbone tapped where the
// heads were learned:
//
//   heads     network              taps                                        channels
//   alex      features.alexnet     features.1, 4, 7, 9, 11                     64 192 384 256 256 (default)
//   squeeze   features.squeezenet  features.1, 4, 7, 9, 10, 11, 12             64 128 256 384 384 512 512
//
// The release shifts and scales pictures in [-1, 1]; the same numbers for pictures in [0, 1] are ImageNet's mean and
// standard deviation, which the networks have by themselves.
//
// Source: Zhang et al. 2018 (arXiv:1801.03924), section 4; version 0.1 of their release.
//
// The node puts both together into a Model of the component of the same name, an ImageDistance. Errors: heads that
// are not lin0, lin1, ... without a gap; heads with negative numbers (a distance would be negative).
//
//   [nodes.lpips]
//   type   = "features.lpips"
//   heads  = "${data}/weights/lpips_v0.1_alex.safetensors"
//   inputs = { network = "alexnet" }

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/components/image_distance.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/nn/register_at.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

namespace bgraph::features {

namespace {

/// tokens [B, P, C]  ->  the same directions, of length 1.
at::Tensor unit_length(const at::Tensor& tokens) {
  return tokens / (tokens.norm(2, {2}, /*keepdim=*/true) + 1e-10);
}

}  // namespace

struct LpipsParams {
  std::vector<int64_t> channels = {64, 192, 384, 256, 256};

  template <class Visitor>
  void visit(Visitor& field) {
    field("channels", channels, at_least(1), "channels of each tap of the network");
  }
};

class Lpips final : public ImageDistance {
 public:
  explicit Lpips(const LpipsParams& params) {
    for (const int64_t channels : params.channels)
      heads_.push_back(register_at(*this, "lin" + std::to_string(heads_.size()) + ".model.1", std::make_shared<Head>(channels)));
  }

  void set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) override {
    const auto found = parts.find("network");
    if (found == parts.end() || parts.size() != 1)
      throw Error("LPIPS has " + std::to_string(parts.size()) + " parts, expected one, 'network'");
    network_ = std::dynamic_pointer_cast<ImageBackbone>(found->second);
    if (!network_) throw Error("the part 'network' of LPIPS is no ImageBackbone");
    if (network_->taps().size() != heads_.size())
      throw Error("the network of LPIPS has " + std::to_string(network_->taps().size()) + " taps for " +
                      std::to_string(heads_.size()) + " heads",
                  "tap it where the heads were learned: `bgraph inspect features.lpips` lists the steps");
  }

  at::Tensor by_layer(const at::Tensor& a, const at::Tensor& b) override {
    if (!network_) throw Error("LPIPS has no network", "give it the part 'network'");
    if (a.sizes() != b.sizes()) throw ShapeError("pictures are " + shape_text(a) + " and " + shape_text(b));
    const auto left = network_->forward(a), right = network_->forward(b);
    std::vector<at::Tensor> layers;
    for (size_t l = 0; l < heads_.size(); ++l) {
      const at::Tensor& weight = heads_[l]->weight;
      if (left[l].tokens.size(2) != weight.size(1))
        throw ShapeError("tap '" + left[l].name + "' has " + std::to_string(left[l].tokens.size(2)) +
                         " channels, its head " + std::to_string(weight.size(1)));
      const at::Tensor gap = (unit_length(left[l].tokens) - unit_length(right[l].tokens)).square();  // [B, P, C]
      layers.push_back(gap.matmul(weight.view({-1})).mean(1));                                       // [B]
    }
    return at::stack(layers, 1);  // [B, L]
  }

 private:
  struct Head : torch::nn::Module {
    explicit Head(int64_t channels) : weight(register_parameter("weight", at::zeros({1, channels, 1, 1}))) {}
    at::Tensor weight;
  };

  std::vector<std::shared_ptr<Head>> heads_;
  std::shared_ptr<ImageBackbone> network_;  // a part, not a child: its weights travel with its own recipe
};

BGRAPH_COMPONENT(Lpips, "features.lpips")

struct LpipsDistanceParams {
  File heads;

  template <class Visitor>
  void visit(Visitor& field) {
    field("heads", heads, required(), "the linear heads, .safetensors with lin0.model.1.weight and so on");
  }
};

class LpipsDistance final : public Node {
 public:
  explicit LpipsDistance(LpipsDistanceParams params) : params_(std::move(params)) {}

  In<Model> network{this, "network", "an ImageBackbone, tapped where the heads were learned"};
  Out<Model> distance{this, "distance", "an ImageDistance: network and heads together"};

  void run(Context& ctx) override {
    try {
      const auto heads = read_safetensors(params_.heads.path);
      Model made = ctx.recipe("features.lpips", {{"channels", channels_of(heads)}});
      made.weights = heads;
      made.parts["network"] = *network;
      made.trained_on = at::empty({0}, at::kLong);  // of human judgements; the network's images are its own
      ctx.build<ImageDistance>(made);               // refuses here what does not fit
      distance = std::move(made);
    } catch (Error& error) {
      throw error.during("reading the heads in " + params_.heads.path);
    }
  }

 private:
  static std::vector<int64_t> channels_of(const std::map<std::string, at::Tensor>& heads) {
    std::vector<int64_t> channels;
    for (size_t l = 0; l < heads.size(); ++l) {
      const std::string name = "lin" + std::to_string(l) + ".model.1.weight";
      const auto found = heads.find(name);
      if (found == heads.end())
        throw Error("there is no '" + name + "' among " + std::to_string(heads.size()) + " tensors",
                    "a file of heads holds nothing else than lin0.model.1.weight, lin1.model.1.weight, ...");
      if (found->second.dim() != 4)
        throw ShapeError("'" + name + "' is " + shape_text(found->second) + ", expected [1, C, 1, 1]");
      if (found->second.lt(0).any().item<bool>()) throw Error("'" + name + "' holds negative numbers");
      channels.push_back(found->second.size(1));
    }
    return channels;
  }

  LpipsDistanceParams params_;
};

BGRAPH_NODE(LpipsDistance, "features.lpips")

}  // namespace bgraph::features

// A backbone that is a chain of named steps, tapped after some of them and built no further than the deepest tap.
//
//   x_0 = (image - mean) / sd                        per colour channel
//   x_i = step_i(x_{i-1})                            a module of the checkpoint, or a function without parameters
//   tap = x_i as tokens: [B, C, H, W] -> [B, H W, C]; [B, C] -> [B, 1, C]
//
// Published classification networks are such chains; what a step is (a layer, a block, a stage) follows from their
// checkpoints' names. Nothing behind the deepest tap exists: a checkpoint cut at relu3_1 loads as a whole into a
// network tapped there, and features are read without the memory of a classifier.
//
//   class Tiny final : public ChainNetwork {
//    public:
//     explicit Tiny(TinyParams params) : ChainNetwork(params, {"avgpool"}) {
//       layer<Conv2d>("features.0", 3, 8, 3);           // parameters features.0.weight, features.0.bias
//       function("features.1", relu);
//       function("avgpool", average_pool);
//       built();
//     }
//   };
//
// The block hook is called after every step with its number.
#pragma once

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/nn/layers.h>
#include <bgraph/sdk/nn/register_at.h>

namespace bgraph {

/// What the recipes of all chain networks say. The default mean and sd are those of ImageNet.
struct ChainParams {
  int64_t image_size = 224;
  std::vector<std::string> taps;
  std::vector<double> mean = {0.485, 0.456, 0.406};
  std::vector<double> sd = {0.229, 0.224, 0.225};

  template <class Visitor>
  void visit(Visitor& field) {
    field("image_size", image_size, at_least(1), "height and width of the images it is given");
    field("taps", taps, any(), "steps to tap, in the network's order; empty: those the published metrics read");
    field("mean", mean, any(), "subtracted from images in [0, 1], per colour channel");
    field("sd", sd, above(0), "then divided by, per colour channel");
  }
};

class ChainNetwork : public ImageBackbone {
 public:
  ~ChainNetwork() override;

  std::vector<TokenGrid> forward(const at::Tensor& images, const BlockHook& after_block) override;
  int64_t image_size() const override { return params_.image_size; }
  std::vector<std::string> taps() const override { return params_.taps; }
  /// Convolutions by He et al. 2015 (activations keep their scale through ReLUs), everything else by its layer.
  void initialise(Rng rng) override;

 protected:
  using Step = std::function<at::Tensor(const at::Tensor&)>;

  ChainNetwork(ChainParams params, std::vector<std::string> default_taps);

  /// Appends a module M(arguments...) under a dotted name, unless the deepest tap already stands.
  template <class M, class... Arguments>
  void layer(const std::string& name, Arguments&&... arguments) {
    if (complete()) return;
    const auto module = register_at(*this, name, std::make_shared<M>(std::forward<Arguments>(arguments)...));
    append(name, [module](const at::Tensor& x) { return (*module)(x); });
  }
  /// Appends a function without parameters, unless the deepest tap already stands.
  void function(const std::string& name, Step step) {
    if (!complete()) append(name, std::move(step));
  }
  /// Another name to tap the last step by: "relu3_1" for "features.11".
  void also_called(const std::string& name);
  /// Ends the constructor. Errors: a tap no step is called, taps out of order.
  void built() const;

 private:
  bool complete() const { return found_ == params_.taps.size(); }
  void append(const std::string& name, Step step);
  void name_last(const std::string& name);

  ChainParams params_;
  std::vector<Step> steps_;
  std::vector<std::string> names_;  // of all steps so far, aliases included
  std::vector<int64_t> tapped_;     // per tap: its step, -1 while not found
  size_t found_ = 0;
};

// The functions between layers that several networks share.
at::Tensor relu(const at::Tensor& x);
at::Tensor flat(const at::Tensor& x);           // [B, C, H, W] -> [B, C H W]
at::Tensor average_pool(const at::Tensor& x);   // [B, C, H, W] -> [B, C, 1, 1], the mean over positions
/// The function that takes the maximum over kernel x kernel positions, `stride` apart. `ceil`: windows that only
/// begin inside the padded map count as well.
std::function<at::Tensor(const at::Tensor&)> max_pool(int64_t kernel, int64_t stride, int64_t padding = 0,
                                                      bool ceil = false);

}  // namespace bgraph

// ImageBackbone: image -> token grids, differentiable, with a hook after each block (where adapters live).
#pragma once

#include <bgraph/sdk/component.h>

#include <functional>
#include <string>
#include <vector>

namespace bgraph {

/// One tapped map as a token grid.
struct TokenGrid {
  std::string name;
  at::Tensor tokens;  // [B, leading + height * width, D], positions row-major
  int64_t height = 0, width = 0;
  int64_t leading = 0;  // tokens that stand before the grid: a class token

  at::Tensor on_grid() const;  // [B, height * width, D]
};

/// Sizes of what a backbone gives for an image of its own size.
struct BackboneSizes {
  struct Tap {
    int64_t positions, width;  // P, D
  };
  std::vector<Tap> taps;
  std::vector<int64_t> block_widths;  // of each block's output: the last axis of tokens, the second of maps
};

class ImageBackbone : public Component {
 public:
  static constexpr const char* kInterface = "ImageBackbone";
  std::string_view interface() const override { return kInterface; }
  ~ImageBackbone() override;

  /// Called after block i with its output; what it returns goes on to the next block.
  using BlockHook = std::function<at::Tensor(int64_t block, const at::Tensor& output)>;

  /// images [B, 3, H, W] float in [0, 1] (normalisation happens inside)  ->  tapped grids, in order.
  virtual std::vector<TokenGrid> forward(const at::Tensor& images, const BlockHook& after_block = {}) = 0;

  /// Called inside block i with input and output of its attention's output projection; what it returns
  /// takes the output's place.
  using ProjectionHook =
      std::function<at::Tensor(int64_t block, const at::Tensor& input, const at::Tensor& output)>;
  /// Sets that hook for every later forward (an empty one removes it). False where there is no attention.
  virtual bool hook_attention_output(ProjectionHook hook);

  /// Default: looks at a forward pass over a black image.
  virtual BackboneSizes sizes();

  virtual int64_t image_size() const = 0;          // H = W it expects
  virtual std::vector<std::string> taps() const = 0;
  virtual void initialise(Rng rng) = 0;
};

}  // namespace bgraph

// Parameters of diffusion.pixel_unet: what a graph chooses, and what the data decide.
#pragma once

#include <bgraph/sdk/params.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bgraph::diffusion {

/// Chosen in a graph; the node that trains repeats these.
struct PixelUnetDesign {
  int64_t patch = 2;
  std::vector<int64_t> channels = {32, 64, 96};
  int64_t blocks = 1;
  int64_t heads = 4;
  int64_t attention_side = 8;
  std::string prediction = "image";
  std::string unconditional = "null";
  double condition_dropout = 0.1;
  double offset_noise = 0.04;

  template <class Visitor>
  void visit(Visitor& field) {
    field("patch", patch, at_least(1), "pixels per side that become channels before the first convolution");
    field("channels", channels, any(), "channels per level, each half the side of the one before");
    field("blocks", blocks, at_least(1), "residual blocks per level on the way down");
    field("heads", heads, at_least(1), "heads of each cross-attention");
    field("attention_side", attention_side, at_least(1), "maps up to this side read the tokens");
    field("prediction", prediction, one_of({"eps", "v", "image"}), "what the network predicts");
    field("unconditional", unconditional, one_of({"null", "noise"}),
          "tokens of the unconditional branch: one learned token, or standard normal numbers");
    field("condition_dropout", condition_dropout, between(0, 1), "share of training images without their condition");
    field("offset_noise", offset_noise, at_least(0), "sd of the noise common to all pixels of an image");
  }
};

struct PixelUnetParams {
  int64_t image_size = 32;
  int64_t tokens = 16;
  int64_t token_width = 64;
  int64_t grid_height = 4;
  int64_t grid_width = 4;
  PixelUnetDesign design;

  template <class Visitor>
  void visit(Visitor& field) {
    field("image_size", image_size, at_least(8), "side of the images in pixels");
    field("tokens", tokens, at_least(1), "tokens per condition");
    field("token_width", token_width, at_least(1), "numbers per token");
    field("grid_height", grid_height, at_least(0), "rows of the grid the tokens stand on, 0 = on none");
    field("grid_width", grid_width, at_least(0), "columns of that grid, 0 = on none");
    design.visit(field);
  }
};

}  // namespace bgraph::diffusion

// The judge: a network that looks at seen and reconstructed images, and is none of those that made them.
#pragma once

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/values/model.h>

#include <string>
#include <vector>

namespace bgraph::metrics {

/// What the judge sees of images, flattened per image.
struct JudgedFeatures {
  at::Tensor shallow;  // [N, F] an early layer
  at::Tensor deep;     // [N, F'] a late layer
};

/// Which taps are read; "" = the judge's first and last.
struct JudgeTaps {
  std::string shallow, deep;
};
JudgeTaps complete(const JudgeTaps& asked, const ImageBackbone& judge);  // Error naming the taps there are

/// images [N, 3, H, W] in [0, 1], resized to what the judge expects.
JudgedFeatures look_at(ImageBackbone& judge, const at::Tensor& images, const JudgeTaps& taps, at::Device device);

/// 12 hex digits over a network's own weights, whatever its recipe is called; "" if it has none.
std::string fingerprint(const Model& model);

/// Name of a network for tables: the note `name`, else its component type.
std::string name_of(const Model& model);

/// Error if the judge, or a network with the same weights inside it, is one of `used` or one of their parts.
void refuse_same_network(const Model& judge, const std::vector<Model>& used);

/// Error if one of the networks was trained on images that are now to be scored.
void refuse_trained_on(const std::vector<Model>& networks, const at::Tensor& image_ids, const std::string& id_space);

}  // namespace bgraph::metrics

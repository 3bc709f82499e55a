// A predictor of tokens with what belongs to it while it is trained: the layout of its tokens, its voxel table, and the
// clusters it reads.
#pragma once

#include "open_model.h"
#include "token_layout.h"

#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/values/cluster_map.h>

#include <string>

namespace bgraph::decoding {

struct TokenDecoder {
  OpenModel model;  // a Predictor, its calibration around it where there is one
  TokenLayout layout;
  at::Tensor table;  // [V, D], wants a gradient
  at::Tensor v2c;    // [V]

  /// What the table goes through.
  Predictor& predictor() const { return model.as<Predictor>(); }
  /// The same without a calibration around it: what losses are taken of.
  Predictor& bare() const { return bare_model().as<Predictor>(); }
  const OpenModel& bare_model() const;
  /// The table and what is not frozen of the predictor.
  NamedTensors parameters() const;
};

/// A predictor with rows of its own for each voxel of a table [V, D]. Errors: rows of another width than it reads, clusters of
/// another number of voxels or other ones than its tokenizer has, no clusters (null) where it reads brain tokens.
TokenDecoder open_decoder(Context& ctx, const Model& model, TokenLayout layout, const at::Tensor& rows, const ClusterMap* v2c);

/// The model with these images added to those it was trained on. A model has one numbering of images: the notes name an
/// earlier one.
Model trained_on(Model model, const at::Tensor& ids, const std::string& space);

}  // namespace bgraph::decoding

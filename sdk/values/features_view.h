// Tokens of a network for images: computed now, or row by row when a lazy view is read.
//
//   FeatureRows rows(ctx, *targets);          // held ones and views alike
//   const auto tokens = rows.tokens({3, 17}); // of images 3 and 17, per layer and image [P, D]
//
// A view (FeaturesView) names network and images by digest. Rows change in their last bits with the images they are evaluated
// together with, so that a row asked for by itself is that of the whole view to rounding, and the whole view, opened at once,
// is bit for bit what storing would have given.
#pragma once

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/context.h>
#include <bgraph/sdk/data/read_ahead.h>
#include <bgraph/sdk/values/features.h>
#include <bgraph/sdk/values/images.h>

#include <memory>

namespace bgraph {

/// A network over images, by row: which of its taps, and how their maps become tokens. Pictures that stay in files are read when
/// their rows are, a batch ahead of the network.
class TokenSource {
 public:
  /// `layers` in the network's order, `how` one per layer; rows are counted over all `images`; `batch` are evaluated together.
  TokenSource(Context& ctx, std::shared_ptr<ImageBackbone> network, std::vector<std::string> layers, std::vector<Tokenisation> how,
              std::vector<Images> images, int64_t batch);

  /// Tokens of these rows, on the device: per layer [n, P, D]. Without gradient.
  std::vector<FeatureLayer> tokens(const std::vector<int64_t>& rows);
  /// The same on the CPU, for as many rows as there may be: tells its progress, stops between batches when cancelled.
  std::vector<FeatureLayer> held(const std::vector<int64_t>& rows);
  /// These rows will be asked for next: their pictures may be read meanwhile.
  void read_ahead(const std::vector<int64_t>& rows);
  int64_t images() const { return total_; }
  int64_t evaluated() const { return evaluated_; }  // images, since it was made

 private:
  using Rows = std::vector<int64_t>;
  std::vector<FeatureLayer> batch_of(const Rows& rows, size_t begin);
  std::vector<FeatureLayer> layers_of(const at::Tensor& shown);  // [n, 3, H, W]
  Rows batch_at(const Rows& rows, size_t begin) const;
  at::Tensor pixels(const Rows& rows) const;  // [n, 3, H, W] float32

  Context& ctx_;
  std::shared_ptr<ImageBackbone> network_;
  std::vector<std::string> layers_;
  std::vector<Tokenisation> how_;
  std::vector<Images> images_;
  int64_t batch_, total_ = 0, evaluated_ = 0;
  bool in_files_ = false;  // some of the pictures
  ReadAhead<Rows, at::Tensor> ahead_;
};

/// Features of which rows are read, wherever they are: the network of a view is built once, its images are opened once.
class FeatureRows {
 public:
  FeatureRows(Context& ctx, Features features);
  explicit FeatureRows(Features held);  // Error if they are a view

  const Features& features() const { return features_; }
  /// Per layer and row [P, D]; of a view on its device.
  std::vector<std::vector<at::Tensor>> tokens(const std::vector<int64_t>& rows) const;
  void read_ahead(const std::vector<int64_t>& rows) const;  // of a view: will be asked for next
  /// Standard deviation of all numbers of each layer (dividing by their count), in one pass over a view.
  std::vector<double> deviations() const;
  int64_t evaluated() const { return source_ ? source_->evaluated() : 0; }  // images, of a view

 private:
  std::vector<int64_t> images_of(const std::vector<int64_t>& rows) const;

  Features features_;
  std::shared_ptr<TokenSource> source_;  // of a view
};

/// The same features with tokens in memory: a view is evaluated, the rest returned as it is. Stops between batches when
/// cancelled.
Features materialized(Context& ctx, const Features& features);

}  // namespace bgraph

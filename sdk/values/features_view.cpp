#include <bgraph/sdk/values/features_view.h>

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph {

namespace {

std::vector<int64_t> range(int64_t begin, int64_t end) {
  std::vector<int64_t> all;
  for (int64_t i = begin; i < end; ++i) all.push_back(i);
  return all;
}

std::shared_ptr<TokenSource> source_of(Context& ctx, const Features& features) {
  const FeaturesView& view = *features.view;
  const auto opened = [&](const std::string& hex) { return ctx.open(Digest::from_hex(hex)); };
  std::vector<std::string> layers;
  for (const auto& layer : features.layers) layers.push_back(layer.name);
  std::vector<Images> images;
  for (const auto& digest : view.images) images.push_back(Images::from_value(*opened(digest)));
  return std::make_shared<TokenSource>(ctx.build<ImageBackbone>(Model::from_value(*opened(view.model))), std::move(layers), view.how,
                                       std::move(images), view.batch, ctx.device());
}

}  // namespace

TokenSource::TokenSource(std::shared_ptr<ImageBackbone> network, std::vector<std::string> layers, std::vector<Tokenisation> how,
                         std::vector<Images> images, int64_t batch, at::Device device)
    : network_(std::move(network)), layers_(std::move(layers)), how_(std::move(how)), images_(std::move(images)), batch_(batch),
      device_(device) {
  for (const auto& part : images_) total_ += part.size();
}

std::vector<FeatureLayer> TokenSource::tokens(const std::vector<int64_t>& rows) {
  std::vector<FeatureLayer> whole;
  std::vector<std::vector<at::Tensor>> parts(layers_.size());  // [layer][batch]
  for (size_t begin = 0; begin < rows.size(); begin += static_cast<size_t>(batch_)) {
    const size_t end = std::min(rows.size(), begin + static_cast<size_t>(batch_));
    whole = batch_of({rows.begin() + static_cast<int64_t>(begin), rows.begin() + static_cast<int64_t>(end)});
    for (size_t l = 0; l < parts.size(); ++l) parts[l].push_back(whole[l].tokens);
  }
  for (size_t l = 0; l < parts.size(); ++l) whole[l].tokens = at::cat(parts[l]);
  return whole;
}

std::vector<FeatureLayer> TokenSource::held(Context& ctx, const std::vector<int64_t>& rows) {
  std::vector<FeatureLayer> whole;
  std::vector<std::vector<at::Tensor>> parts(layers_.size());  // [layer][batch]
  const auto count = static_cast<int64_t>(rows.size());
  for (int64_t begin = 0; begin < count; begin += batch_) {
    ctx.stop_if_cancelled();
    const int64_t end = std::min(count, begin + batch_);
    whole = batch_of({rows.begin() + begin, rows.begin() + end});
    for (size_t l = 0; l < parts.size(); ++l) parts[l].push_back(whole[l].tokens.cpu());
    ctx.progress(end, count, "images");
  }
  for (size_t l = 0; l < whole.size(); ++l) whole[l].tokens = at::cat(parts[l]);
  return whole;
}

std::vector<FeatureLayer> TokenSource::batch_of(const std::vector<int64_t>& rows) {
  const at::NoGradGuard guard;
  std::vector<at::Tensor> pixels;
  for (int64_t row : rows) {
    auto part = images_.begin();
    while (part != images_.end() && row >= part->size()) row -= (part++)->size();
    if (part == images_.end()) throw Error("a row of the features lies beyond their " + std::to_string(total_) + " images");
    pixels.push_back(part->rows(row, row + 1).unit_range());
  }
  evaluated_ += static_cast<int64_t>(rows.size());
  std::vector<FeatureLayer> layers;
  for (const auto& grid : network_->forward(at::cat(pixels).to(device_))) {
    if (std::find(layers_.begin(), layers_.end(), grid.name) == layers_.end()) continue;
    const Tokenisation& how = how_.at(layers.size());
    const at::Tensor map = grid.on_grid().transpose(1, 2).unflatten(2, {grid.height, grid.width});
    layers.push_back({grid.name, tokens_from_map(map, how).to(at::kFloat), how.positions(grid.height), how.positions(grid.width)});
  }
  if (layers.size() != layers_.size())
    throw Error("the network gives " + std::to_string(layers.size()) + " of the " + std::to_string(layers_.size()) + " layers asked for");
  return layers;
}

FeatureRows::FeatureRows(Context& ctx, Features features)
    : features_(std::move(features)), source_(features_.view ? source_of(ctx, features_) : nullptr) {}

FeatureRows::FeatureRows(Features held) : features_(std::move(held)) {
  if (features_.view) throw Error("these features are a view that is not computed yet");
}

std::vector<std::vector<at::Tensor>> FeatureRows::tokens(const std::vector<int64_t>& rows) const {
  std::vector<std::vector<at::Tensor>> found(features_.layers.size());
  if (!source_) {
    for (size_t l = 0; l < found.size(); ++l)
      for (const int64_t row : rows) found[l].push_back(features_.layers[l].tokens[row]);
    return found;
  }
  if (rows.empty()) return found;
  std::vector<int64_t> images;  // of the view, where these rows are
  for (const int64_t row : rows) images.push_back(features_.view->row[row].item<int64_t>());
  const auto layers = source_->tokens(images);
  for (size_t l = 0; l < found.size(); ++l) found[l] = layers[l].tokens.unbind();
  return found;
}

std::vector<double> FeatureRows::deviations() const {
  std::vector<double> deviations;
  if (!source_) {
    for (const auto& layer : features_.layers) deviations.push_back(layer.tokens.std(false).item<double>());
    return deviations;
  }
  const size_t layers = features_.layers.size();
  std::vector<double> sums(layers), squares(layers);
  for (int64_t begin = 0; begin < features_.size(); begin += features_.view->batch) {
    const auto found = tokens(range(begin, std::min(features_.size(), begin + features_.view->batch)));
    for (size_t l = 0; l < layers; ++l)
      for (const auto& row : found[l]) {
        const at::Tensor numbers = row.to(at::kDouble);
        sums[l] += numbers.sum().item<double>();
        squares[l] += numbers.square().sum().item<double>();
      }
  }
  for (size_t l = 0; l < layers; ++l) {
    const auto count = static_cast<double>(features_.layers[l].tokens.numel()), mean = sums[l] / count;
    deviations.push_back(std::sqrt(std::max(0.0, squares[l] / count - mean * mean)));
  }
  return deviations;
}

Features materialized(Context& ctx, const Features& features) {
  if (features.in_memory()) return features;
  const at::Tensor images = features.view->row.contiguous();  // of the view, where these rows are
  Features held = features;
  held.view.reset();
  held.layers = source_of(ctx, features)->held(ctx, {images.data_ptr<int64_t>(), images.data_ptr<int64_t>() + images.numel()});
  return held;
}

Features Features::opened(Context& ctx) const { return materialized(ctx, *this); }

}  // namespace bgraph

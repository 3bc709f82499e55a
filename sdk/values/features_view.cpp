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
  return std::make_shared<TokenSource>(ctx, ctx.build<ImageBackbone>(Model::from_value(*opened(view.model))), std::move(layers), view.how,
                                       std::move(images), view.batch);
}

}  // namespace

TokenSource::TokenSource(Context& ctx, std::shared_ptr<ImageBackbone> network, std::vector<std::string> layers,
                         std::vector<Tokenisation> how, std::vector<Images> images, int64_t batch)
    : ctx_(ctx), network_(std::move(network)), layers_(std::move(layers)), how_(std::move(how)), images_(std::move(images)),
      batch_(batch), ahead_([this](const Rows& rows) { return pixels(rows); }) {
  for (const auto& part : images_) total_ += part.size(), in_files_ = in_files_ || !part.in_memory();
}

TokenSource::Rows TokenSource::batch_at(const Rows& rows, size_t begin) const {
  const size_t end = std::min(rows.size(), begin + static_cast<size_t>(batch_));
  return {rows.begin() + static_cast<int64_t>(begin), rows.begin() + static_cast<int64_t>(end)};
}

void TokenSource::read_ahead(const Rows& rows) {
  if (in_files_ && !rows.empty()) ahead_.begin(batch_at(rows, 0));
}

std::vector<FeatureLayer> TokenSource::tokens(const Rows& rows) {
  std::vector<FeatureLayer> whole;
  std::vector<std::vector<at::Tensor>> parts(layers_.size());  // [layer][batch]
  for (size_t begin = 0; begin < rows.size(); begin += static_cast<size_t>(batch_)) {
    whole = batch_of(rows, begin);
    for (size_t l = 0; l < parts.size(); ++l) parts[l].push_back(whole[l].tokens);
  }
  for (size_t l = 0; l < parts.size(); ++l) whole[l].tokens = at::cat(parts[l]);
  return whole;
}

std::vector<FeatureLayer> TokenSource::held(const Rows& rows) {
  std::vector<FeatureLayer> whole;
  std::vector<std::vector<at::Tensor>> parts(layers_.size());  // [layer][batch]
  const auto step = static_cast<size_t>(batch_);
  for (size_t begin = 0; begin < rows.size(); begin += step) {
    ctx_.stop_if_cancelled();
    whole = batch_of(rows, begin);
    for (size_t l = 0; l < parts.size(); ++l) parts[l].push_back(whole[l].tokens.cpu());
    ctx_.progress(static_cast<int64_t>(std::min(rows.size(), begin + step)), static_cast<int64_t>(rows.size()), "images");
  }
  for (size_t l = 0; l < whole.size(); ++l) whole[l].tokens = at::cat(parts[l]);
  return whole;
}

/// The batch from `begin`; the pictures of the one after it are read meanwhile.
std::vector<FeatureLayer> TokenSource::batch_of(const Rows& rows, size_t begin) {
  const at::Tensor shown = ahead_.take(batch_at(rows, begin));
  const size_t next = begin + static_cast<size_t>(batch_);
  if (in_files_ && next < rows.size()) ahead_.begin(batch_at(rows, next));
  return layers_of(shown);
}

at::Tensor TokenSource::pixels(const Rows& rows) const {
  std::vector<at::Tensor> found(rows.size());
  int64_t first = 0;
  for (const auto& part : images_) {
    Rows own;
    std::vector<size_t> place;
    for (size_t i = 0; i < rows.size(); ++i)
      if (rows[i] >= first && rows[i] < first + part.size()) own.push_back(rows[i] - first), place.push_back(i);
    first += part.size();
    if (own.empty()) continue;
    const at::Tensor some = part.unit_range(ctx_, at::tensor(own, at::kLong));
    if (own.size() == rows.size()) return some;
    for (size_t i = 0; i < place.size(); ++i) found[place[i]] = some[static_cast<int64_t>(i)];
  }
  for (const auto& picture : found)
    if (!picture.defined()) throw Error("a row of the features lies beyond their " + std::to_string(total_) + " images");
  return at::stack(found);
}

std::vector<FeatureLayer> TokenSource::layers_of(const at::Tensor& shown) {
  const at::NoGradGuard guard;
  evaluated_ += shown.size(0);
  std::vector<FeatureLayer> layers;
  for (const auto& grid : network_->forward(shown.to(ctx_.device()))) {
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
  const auto layers = source_->tokens(images_of(rows));
  for (size_t l = 0; l < found.size(); ++l) found[l] = layers[l].tokens.unbind();
  return found;
}

void FeatureRows::read_ahead(const std::vector<int64_t>& rows) const {
  if (source_) source_->read_ahead(images_of(rows));
}

/// Of a view, where these rows are.
std::vector<int64_t> FeatureRows::images_of(const std::vector<int64_t>& rows) const {
  std::vector<int64_t> images;
  for (const int64_t row : rows) images.push_back(features_.view->row[row].item<int64_t>());
  return images;
}

std::vector<double> FeatureRows::deviations() const {
  std::vector<double> deviations;
  if (!source_) {
    for (const auto& layer : features_.layers) deviations.push_back(layer.tokens.std(false).item<double>());
    return deviations;
  }
  const size_t layers = features_.layers.size();
  std::vector<double> sums(layers), squares(layers);
  const int64_t count = features_.size(), batch = features_.view->batch;
  const auto batch_at = [&](int64_t begin) { return range(begin, std::min(count, begin + batch)); };
  for (int64_t begin = 0; begin < count; begin += batch) {
    const auto found = tokens(batch_at(begin));
    if (begin + batch < count) read_ahead(batch_at(begin + batch));
    for (size_t l = 0; l < layers; ++l)
      for (const auto& row : found[l]) {
        const at::Tensor numbers = row.to(at::kDouble);
        sums[l] += numbers.sum().item<double>();
        squares[l] += numbers.square().sum().item<double>();
      }
  }
  for (size_t l = 0; l < layers; ++l) {
    const auto numbers = static_cast<double>(features_.layers[l].tokens.numel()), mean = sums[l] / numbers;
    deviations.push_back(std::sqrt(std::max(0.0, squares[l] / numbers - mean * mean)));
  }
  return deviations;
}

Features materialized(Context& ctx, const Features& features) {
  if (features.in_memory()) return features;
  const at::Tensor images = features.view->row.contiguous();  // of the view, where these rows are
  Features held = features;
  held.view.reset();
  held.layers = source_of(ctx, features)->held({images.data_ptr<int64_t>(), images.data_ptr<int64_t>() + images.numel()});
  return held;
}

Features Features::opened(Context& ctx) const { return materialized(ctx, *this); }

}  // namespace bgraph

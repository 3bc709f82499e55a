#include "fit.h"

#include "scores.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/train/ranks.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph::encoding {

namespace {

constexpr int64_t kImagesAtOnce = 64;
constexpr int64_t kMostRemembered = int64_t{4} << 30;  // bytes

/// Each image moved by its own whole-pixel offsets, edge repeated.   [B, 3, H, W] -> same
at::Tensor shifted(const at::Tensor& images, int64_t most, Rng& rng) {
  const int64_t H = images.size(2), W = images.size(3);
  const auto padded = at::replication_pad2d(images, {most, most, most, most});
  const auto offsets = rng.integers(2 * most + 1, {images.size(0), 2});
  std::vector<at::Tensor> moved;
  for (int64_t b = 0; b < images.size(0); ++b) {
    const auto y = offsets[b][0].item<int64_t>(), x = offsets[b][1].item<int64_t>();
    moved.push_back(padded[b].slice(1, y, y + H).slice(2, x, x + W));
  }
  return at::stack(moved);
}

/// Draws batches and turns them into the loss.
class Batches {
 public:
  Batches(Context& ctx, UniversalEncoder& encoder, const at::Tensor& table, const Recordings& recordings,
          const FitParams& params)
      : ctx_(ctx), encoder_(encoder), table_(table), recordings_(recordings), params_(params),
        ranks_(ranks_of(ctx)), source_(encoder, recordings, ctx.device(), params.shift_px == 0 && !encoder.adapted()) {}

  int64_t per_epoch() const { return std::max<int64_t>(1, recordings_.samples() / params_.batch); }

  at::Tensor loss(const TrainStep& at) {
    if (at.epoch != epoch_) {
      epoch_ = at.epoch;
      order_ = ctx_.rng("order", at.epoch).permutation(recordings_.samples());
    }
    const auto batch = order_.slice(0, at.step * params_.batch, (at.step + 1) * params_.batch);
    Rng drawing = ctx_.rng("voxels", at.epoch, at.step), shifting = ctx_.rng("shift", at.epoch, at.step),
        dropping = ctx_.rng("dropout", at.epoch, at.step);
    at::Tensor squares, cosines;
    int64_t numbers = 0, first = 0;
    for (const auto& subject : recordings_.subjects) {
      const auto chosen = batch.masked_select(batch.ge(first).logical_and(batch.lt(first + subject.samples()))) - first;
      first += subject.samples();
      if (chosen.numel() == 0) continue;
      const auto columns = draw_voxels(subject.measured, drawing);
      const auto measured = subject.betas.index_select(0, chosen).index_select(1, columns).to(ctx_.device());  // [b, n]
      const auto rows = table_.index_select(0, (columns + subject.first_voxel).to(ctx_.device()));  // [n, E]
      const RowShare mine = ranks_.share(chosen.numel());
      const RowScope scope(mine);
      const auto own = chosen.narrow(0, mine.begin, mine.count);
      const auto tokens = source_.tokens(subject.image.index_select(0, own), params_.shift_px, &shifting);
      const auto predicted = ranks_.gather(encoder_.respond(tokens, rows, &dropping), mine);  // [b, n]
      const auto square = (predicted - measured).square().sum();
      const auto cosine = at::cosine_similarity(predicted, measured, 1).sum();
      squares = squares.defined() ? squares + square : square;
      cosines = cosines.defined() ? cosines + cosine : cosine;
      numbers += measured.numel();
    }
    return squares / numbers - params_.cosine_weight * cosines / batch.numel();
  }

 private:
  at::Tensor draw_voxels(const at::Tensor& measured, Rng& rng) const {
    if (params_.voxels_per_image >= measured.numel()) return measured;
    return measured.index_select(0, rng.integers(measured.numel(), {params_.voxels_per_image}));
  }

  Context& ctx_;
  UniversalEncoder& encoder_;
  const at::Tensor& table_;
  const Recordings& recordings_;
  const FitParams& params_;
  const Ranks& ranks_;
  TokenSource source_;
  at::Tensor order_;
  int64_t epoch_ = -1;
};

}  // namespace

TokenSource::TokenSource(UniversalEncoder& encoder, const Recordings& recordings, at::Device device, bool remember)
    : encoder_(encoder), recordings_(recordings), device_(device) {
  if (!remember) return;
  const at::NoGradGuard guard;
  const int64_t images = recordings.pixels.size(0);
  std::vector<std::vector<at::Tensor>> parts;  // per layer
  for (int64_t begin = 0; begin < images; begin += kImagesAtOnce) {
    const auto some = tokens(at::arange(begin, std::min(images, begin + kImagesAtOnce)));
    int64_t bytes_each = 0;
    for (const auto& layer : some) bytes_each += static_cast<int64_t>(layer.nbytes()) / layer.size(0);
    if (bytes_each * images > kMostRemembered) return;
    parts.resize(some.size());
    for (size_t l = 0; l < some.size(); ++l) parts[l].push_back(some[l]);
  }
  for (const auto& layer : parts) remembered_.push_back(at::cat(layer));
}

std::vector<at::Tensor> TokenSource::tokens(const at::Tensor& rows, int64_t shift_px, Rng* shifting) {
  if (!remembered_.empty()) {
    std::vector<at::Tensor> known;
    for (const auto& layer : remembered_) known.push_back(layer.index_select(0, rows.to(device_)));
    return known;
  }
  auto images = recordings_.unit_range(rows);
  if (shifting && shift_px > 0) images = shifted(images, shift_px, *shifting);
  return encoder_.tokens(images.to(device_));
}

std::vector<at::Tensor> predict(UniversalEncoder& encoder, TokenSource& source, const Recordings& recordings,
                                const at::Tensor& table) {
  const at::NoGradGuard guard;
  std::vector<at::Tensor> responses;
  for (const auto& subject : recordings.subjects) {
    const auto rows = table.narrow(0, subject.first_voxel, subject.betas.size(1));
    std::vector<at::Tensor> parts;
    for (const auto& some : subject.image.split(kImagesAtOnce))
      parts.push_back(encoder.respond_to_all(source.tokens(some), rows).cpu());
    responses.push_back(at::cat(parts));
  }
  return responses;
}

TrainReport fit(Context& ctx, UniversalEncoder& encoder, at::Tensor& table, bool shared_weights,
                const Recordings& training, const Recordings* validation, const FitParams& params,
                Schedule& schedule) {
  if (training.unmeasured() > 0)
    ctx.warn(std::to_string(training.unmeasured()) + " voxels with NaN responses are left out of the fit");
  NamedTensors parameters;
  if (shared_weights) parameters = trainable(encoder);
  else
    for (auto& weight : encoder.parameters()) weight.set_requires_grad(false);
  parameters["voxel_embed"] = table.set_requires_grad(true);

  Batches batches(ctx, encoder, table, training, params);
  std::function<double()> validate;
  std::unique_ptr<TokenSource> source;
  if (validation) {
    source = std::make_unique<TokenSource>(encoder, *validation, ctx.device(), !encoder.adapted());
    validate = [&] {
      const auto predicted = predict(encoder, *source, *validation, table);
      std::vector<at::Tensor> correlations;
      for (size_t s = 0; s < predicted.size(); ++s) {
        const auto& subject = validation->subjects[s];
        correlations.push_back(voxel_correlation(predicted[s].index_select(1, subject.measured),
                                                 subject.betas.index_select(1, subject.measured)));
      }
      return percentile(at::cat(correlations), 75);
    };
  }
  TrainOptions options{.epochs = params.epochs, .steps = batches.per_epoch(), .adam = {.amsgrad = true},
                       .score = "validation r, 75th percentile", .higher_is_better = true};
  const auto report = train(ctx, parameters, schedule, options,
                            [&](const TrainStep& at) { return batches.loss(at); }, validate);
  table = table.detach();
  return report;
}

at::Tensor only_measured(const at::Tensor& rows, const Recordings& training) {
  auto kept = at::zeros_like(rows);
  for (const auto& subject : training.subjects) {
    const auto index = (subject.measured + subject.first_voxel).to(rows.device());
    kept.index_copy_(0, index, rows.index_select(0, index));
  }
  return kept;
}

std::shared_ptr<UniversalEncoder> universal(Context& ctx, const Model& model) {
  if (model.component != "encoding.universal")
    throw Error("'model' is a " + model.component + ", expected encoding.universal");
  return std::static_pointer_cast<UniversalEncoder>(ctx.build<Encoder>(model));
}

Table score(UniversalEncoder& encoder, const at::Tensor& table, const Recordings& recordings, const Voxels& voxels,
            at::Device device) {
  TokenSource source(encoder, recordings, device, false);
  const auto predicted = predict(encoder, source, recordings, table);
  Table scores = score_table(recordings.split);
  for (size_t s = 0; s < predicted.size(); ++s) {
    const auto& subject = recordings.subjects[s];
    add_scores(scores, subject.subject, predicted[s].index_select(1, subject.measured),
               subject.betas.index_select(1, subject.measured),
               voxels.ncsnr.index_select(0, subject.measured + subject.first_voxel), subject.noise);
  }
  return scores;
}

}  // namespace bgraph::encoding

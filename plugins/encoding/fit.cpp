#include "fit.h"

#include "scores.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/read_ahead.h>
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
        ranks_(ranks_of(ctx)), source_(ctx, encoder, recordings, params.shift_px == 0 && !encoder.adapted()),
        in_files_(some_in_files()), ahead_([this](const Chosen& chosen) { return read(chosen); }) {}

  int64_t per_epoch() const { return std::max<int64_t>(1, recordings_.samples() / params_.batch); }

  at::Tensor loss(const TrainStep& at) {
    const Chosen chosen = chosen_at(at.epoch, at.step);
    const Read batch = ahead_.take(chosen);
    if (in_files_) {
      const bool last = at.step + 1 == per_epoch();
      if (!last || at.epoch + 1 < params_.epochs) ahead_.begin(last ? chosen_at(at.epoch + 1, 0) : chosen_at(at.epoch, at.step + 1));
    }
    Rng drawing = ctx_.rng("voxels", at.epoch, at.step), shifting = ctx_.rng("shift", at.epoch, at.step),
        dropping = ctx_.rng("dropout", at.epoch, at.step);
    at::Tensor squares, cosines;
    int64_t numbers = 0, images = 0;
    for (size_t s = 0; s < chosen.size(); ++s) {
      const auto& subject = recordings_.subjects[s];
      if (chosen[s].empty()) continue;
      const auto count = static_cast<int64_t>(chosen[s].size());
      const auto columns = draw_voxels(subject.measured, drawing);
      const auto measured = batch.responses[s].index_select(1, columns).to(ctx_.device());  // [b, n]
      const auto rows = table_.index_select(0, (columns + subject.first_voxel).to(ctx_.device()));  // [n, E]
      const RowShare mine = ranks_.share(count);
      const RowScope scope(mine);
      const auto tokens = source_.remembered() ? source_.tokens(pictures_of(subject, chosen[s]))
                                               : source_.tokens_of(batch.pictures[s], params_.shift_px, &shifting);
      const auto predicted = ranks_.gather(encoder_.respond(tokens, rows, &dropping), mine);  // [b, n]
      const auto square = (predicted - measured).square().sum();
      const auto cosine = at::cosine_similarity(predicted, measured, 1).sum();
      squares = squares.defined() ? squares + square : square;
      cosines = cosines.defined() ? cosines + cosine : cosine;
      numbers += measured.numel();
      images += count;
    }
    return squares / numbers - params_.cosine_weight * cosines / images;
  }

 private:
  using Chosen = std::vector<std::vector<int64_t>>;  // samples of each subject

  Chosen chosen_at(int64_t epoch, int64_t step) {
    if (epoch != epoch_) {
      epoch_ = epoch;
      order_ = ctx_.rng("order", epoch).permutation(recordings_.samples());
    }
    const auto batch = order_.slice(0, step * params_.batch, (step + 1) * params_.batch);
    Chosen chosen;
    int64_t first = 0;
    for (const auto& subject : recordings_.subjects) {
      const at::Tensor own = batch.masked_select(batch.ge(first).logical_and(batch.lt(first + subject.samples()))) - first;
      chosen.emplace_back(own.data_ptr<int64_t>(), own.data_ptr<int64_t>() + own.numel());
      first += subject.samples();
    }
    return chosen;
  }

  /// Of each subject, where some are chosen: responses [b, V], and this process's share of the pictures, unless tokens are known.
  struct Read {
    std::vector<at::Tensor> responses, pictures;
  };
  Read read(const Chosen& chosen) const {
    Read found{std::vector<at::Tensor>(chosen.size()), std::vector<at::Tensor>(chosen.size())};
    for (size_t s = 0; s < chosen.size(); ++s) {
      if (chosen[s].empty()) continue;
      const auto& subject = recordings_.subjects[s];
      found.responses[s] = subject.responses(ctx_, at::tensor(chosen[s], at::kLong));
      if (!source_.remembered()) found.pictures[s] = recordings_.images.unit_range(ctx_, pictures_of(subject, chosen[s]));
    }
    return found;
  }

  /// Rows of the pictures of this process's share of the samples.
  at::Tensor pictures_of(const SubjectRecordings& subject, const std::vector<int64_t>& chosen) const {
    const RowShare mine = ranks_.share(static_cast<int64_t>(chosen.size()));
    return subject.image.index_select(0, at::tensor(chosen, at::kLong).narrow(0, mine.begin, mine.count));
  }

  bool some_in_files() const {
    const auto& subjects = recordings_.subjects;
    return (!recordings_.images.in_memory() && !source_.remembered()) ||
           std::any_of(subjects.begin(), subjects.end(), [](const auto& subject) { return subject.in_files != nullptr; });
  }

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
  RecordedTokens source_;
  at::Tensor order_;
  int64_t epoch_ = -1;
  bool in_files_;  // something that a step reads
  ReadAhead<Chosen, Read> ahead_;
};

}  // namespace

RecordedTokens::RecordedTokens(Context& ctx, UniversalEncoder& encoder, const Recordings& recordings, bool remember)
    : ctx_(ctx), encoder_(encoder), recordings_(recordings) {
  if (!remember) return;
  const at::NoGradGuard guard;
  const int64_t images = recordings.images.size();
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

std::vector<at::Tensor> RecordedTokens::tokens(const at::Tensor& rows) {
  if (remembered_.empty()) return tokens_of(recordings_.images.unit_range(ctx_, rows));
  std::vector<at::Tensor> known;
  for (const auto& layer : remembered_) known.push_back(layer.index_select(0, rows.to(ctx_.device())));
  return known;
}

std::vector<at::Tensor> RecordedTokens::tokens_of(at::Tensor pictures, int64_t shift_px, Rng* shifting) {
  if (shifting && shift_px > 0) pictures = shifted(pictures, shift_px, *shifting);
  return encoder_.tokens(pictures.to(ctx_.device()));
}

std::vector<at::Tensor> predict(UniversalEncoder& encoder, RecordedTokens& source, const Recordings& recordings,
                                const at::Tensor& table) {
  const at::NoGradGuard guard;
  std::vector<at::Tensor> responses;
  for (const auto& subject : recordings.subjects) {
    const auto rows = table.narrow(0, subject.first_voxel, subject.voxels);
    std::vector<at::Tensor> parts;
    for (const auto& some : subject.image.split(kImagesAtOnce))
      parts.push_back(encoder.respond_to_all(source.tokens(some), rows).cpu());
    responses.push_back(at::cat(parts));
  }
  return responses;
}

Recordings training_recordings(Context& ctx, std::vector<Betas> betas, const std::vector<Images>& images, const Voxels& voxels,
                               const FitParams& params) {
  if (params.measured == "held")
    for (auto& some : betas) some = some.opened(ctx);
  return record(betas, images, voxels, Repeats::averaged, &ctx);
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
  std::unique_ptr<RecordedTokens> source;
  if (validation) {
    source = std::make_unique<RecordedTokens>(ctx, encoder, *validation, !encoder.adapted());
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

Table score(Context& ctx, UniversalEncoder& encoder, const at::Tensor& table, const Recordings& recordings, const Voxels& voxels) {
  RecordedTokens source(ctx, encoder, recordings, false);
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

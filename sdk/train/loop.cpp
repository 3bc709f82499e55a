#include <bgraph/sdk/train/loop.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/train/gradient_buckets.h>
#include <bgraph/sdk/train/ranks.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace bgraph {

namespace {

constexpr int64_t kCurvePoints = 200;

/// Where a run stands: everything a checkpoint holds besides parameters and optimiser.
struct Position {
  int64_t epoch = 0, step = 0;  // the step to be done next
  double loss_sum = 0.0;        // of the curve point being gathered
  int64_t loss_count = 0;
  bool finished = false;
  TrainReport report;
  Json curves = Json::array();  // [name, step, value]
};

class Run {
 public:
  Run(Context& ctx, const NamedTensors& parameters, Schedule& schedule, const TrainOptions& options)
      : ctx_(ctx), schedule_(schedule), options_(options), ranks_(ranks_of(ctx)), adam_(parameters, options.adam),
        buckets_(ranks_, adam_.parameters(), adam_.gradients()) {
    if (options_.average > 0) average_ = copies();
    resume();
    start_together();
  }

  TrainReport train(const std::function<at::Tensor(const TrainStep&)>& loss,
                    const std::function<double()>& validate) {
    while (at_.epoch < options_.epochs && !at_.finished) {
      while (at_.step < options_.steps) {
        step(loss);
        if (at_.step < options_.steps) pause();
      }
      end_epoch(validate);
      pause();
    }
    if (!best_.empty()) write(best_);
    else if (!average_.empty()) write(average_);
    return at_.report;
  }

 private:
  int64_t done() const { return at_.epoch * options_.steps + at_.step; }
  int64_t total() const { return options_.epochs * options_.steps; }

  void step(const std::function<at::Tensor(const TrainStep&)>& loss_of) {
    const double part = static_cast<double>(at_.step) / static_cast<double>(options_.steps);
    const double rate = schedule_.rate(at_.epoch, part);
    const at::Tensor loss = loss_of({at_.epoch, at_.step});
    const double value = ranks_.mean(loss.item<double>());
    if (!std::isfinite(value))
      throw Error("the loss is " + std::to_string(value) + " at epoch " + std::to_string(at_.epoch) + ", step " +
                      std::to_string(at_.step),
                  "lower the rate, or look for values that are not finite in the inputs");
    buckets_.expect();
    loss.backward();
    buckets_.finish();
    adam_.step(rate);
    follow();
    ++at_.step;
    at_.loss_sum += value;
    ++at_.loss_count;
    if (done() % std::max<int64_t>(1, total() / kCurvePoints) == 0) {
      point("loss", at_.loss_sum / static_cast<double>(at_.loss_count));
      point("rate", rate);
      at_.loss_sum = 0.0;
      at_.loss_count = 0;
    }
    char note[64];
    std::snprintf(note, sizeof note, "loss %.4g, rate %.2g", value, rate);
    ctx_.progress(done(), total(), note);
  }

  void end_epoch(const std::function<double()>& validate) {
    const bool last = at_.epoch + 1 == options_.epochs;
    if (validate && (last || (at_.epoch + 1) % options_.eval_every == 0)) {
      const double score = ranks_.of_first(ranks_.first() ? validated(validate) : 0.0);
      point(options_.score, score);
      keep(score);
      schedule_.observe(at_.epoch, score);
    }
    at_.finished = schedule_.finished(at_.epoch);
    at_.report.epochs = ++at_.epoch;
    at_.step = 0;
  }

  /// The score of the average where there is one.
  double validated(const std::function<double()>& validate) {
    const at::NoGradGuard guard;
    if (average_.empty()) return validate();
    const NamedTensors own = copies();
    write(average_);
    const double score = validate();
    write(own);
    return score;
  }

  void follow() {
    if (average_.empty()) return;
    const at::NoGradGuard guard;
    const auto n = static_cast<double>(done());
    const double decay = std::min(options_.average, (1 + n) / (10 + n));
    for (auto& [name, average] : average_) average.lerp_(adam_.parameters().at(name), 1 - decay);
  }

  void keep(double score) {
    const bool first = at_.report.best_epoch < 0;
    const double best = at_.report.best_score;
    const bool better = options_.higher_is_better ? score > best : score < best;
    if (options_.keep_best && !first && !better) return;
    at_.report.best_epoch = at_.epoch;
    at_.report.best_score = score;
    if (options_.keep_best) best_ = average_.empty() ? copies() : clones(average_);
  }

  void point(const std::string& name, double value) {
    at_.curves.push_back({name, done(), value});
    ctx_.metric(name, done(), value);
  }

  NamedTensors copies() const { return clones(adam_.parameters()); }

  static NamedTensors clones(const NamedTensors& tensors) {
    NamedTensors all;
    for (const auto& [name, tensor] : tensors) all[name] = tensor.detach().clone();
    return all;
  }

  void write(const NamedTensors& values) {
    const at::NoGradGuard guard;
    for (const auto& [name, parameter] : adam_.parameters()) parameter.copy_(values.at(name));
  }

  /// Rank 0 decides for all: a clock and a signal are not the same everywhere.
  void pause() {
    const double due = ctx_.checkpoint().due() ? 1 : 0;
    const int decided = static_cast<int>(ranks_.of_first(due + (ctx_.cancelled() ? 2 : 0)));
    if (decided % 2 == 1 && ranks_.first()) save();
    if (decided >= 2) throw Cancelled();
  }

  /// Ranks on different machines may differ in the last bits of what they drew, or see different checkpoints.
  void start_together() {
    if (const auto first = static_cast<int64_t>(ranks_.of_first(static_cast<double>(done()))); first != done())
      throw Error("rank " + std::to_string(ranks_.rank()) + " would go on at step " + std::to_string(done()) +
                      ", rank 0 at step " + std::to_string(first),
                  "give all ranks the same store and machines of one kind");
    at::Tensor values = adam_.values();
    ranks_.of_first(values);
  }

  void save() {
    Value state;
    state.type = "TrainState";
    const auto put = [&](const std::string& group, const NamedTensors& tensors) {
      for (const auto& [name, tensor] : tensors) state.tensors[group + "/" + name] = tensor.cpu();
    };
    put("weights", copies());
    put("best", best_);
    put("average", average_);
    put("adam", adam_.state());
    state.meta = {{"epoch", at_.epoch},         {"step", at_.step},
                  {"loss_sum", at_.loss_sum},   {"loss_count", at_.loss_count},
                  {"finished", at_.finished},   {"epochs", at_.report.epochs},
                  {"best_epoch", at_.report.best_epoch}, {"best_score", at_.report.best_score},
                  {"curves", at_.curves},       {"schedule", schedule_.state()}};
    ctx_.checkpoint().save(state);
  }

  void resume() {
    const auto state = ctx_.checkpoint().load();
    if (!state) return;
    const auto group = [&](const std::string& name) {
      NamedTensors tensors;
      for (const auto& [path, tensor] : state->tensors)
        if (path.rfind(name + "/", 0) == 0) tensors[path.substr(name.size() + 1)] = tensor;
      return tensors;
    };
    write(group("weights"));
    best_ = group("best");
    for (const auto& [name, tensor] : group("average")) average_.at(name).copy_(tensor);
    adam_.restore(group("adam"));
    const Json& meta = state->meta;
    at_ = {.epoch = meta.at("epoch"), .step = meta.at("step"), .loss_sum = meta.at("loss_sum"),
           .loss_count = meta.at("loss_count"), .finished = meta.at("finished"),
           .report = {.epochs = meta.at("epochs"), .best_epoch = meta.at("best_epoch"),
                      .best_score = number(meta.at("best_score"))},
           .curves = meta.at("curves")};
    schedule_.restore(meta.at("schedule"));
    for (const auto& curve : at_.curves)
      ctx_.metric(curve.at(0).get<std::string>(), curve.at(1).get<int64_t>(), number(curve.at(2)));
    ctx_.log("continuing at epoch " + std::to_string(at_.epoch) + ", step " + std::to_string(at_.step));
  }

  /// JSON writes NaN as null.
  static double number(const Json& value) {
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  }

  Context& ctx_;
  Schedule& schedule_;
  const TrainOptions& options_;
  const Ranks& ranks_;
  Adam adam_;
  GradientBuckets buckets_;
  NamedTensors best_;
  NamedTensors average_;  // empty without
  Position at_;
};

}  // namespace

TrainReport train(Context& ctx, const NamedTensors& parameters, Schedule& schedule, const TrainOptions& options,
                  const std::function<at::Tensor(const TrainStep&)>& loss,
                  const std::function<double()>& validate) {
  return Run(ctx, parameters, schedule, options).train(loss, validate);
}

}  // namespace bgraph

#include <bgraph/sdk/train/schedule.h>

#include <cmath>
#include <numbers>
#include <optional>

namespace bgraph {

Schedule::~Schedule() = default;
void Schedule::observe(int64_t, double) {}
bool Schedule::finished(int64_t) const { return false; }
Json Schedule::state() const { return Json::object(); }
void Schedule::restore(const Json&) {}

namespace {

class Constant final : public Schedule {
 public:
  explicit Constant(double rate) : rate_(rate) {}
  double rate(int64_t, double) const override { return rate_; }

 private:
  double rate_;
};

class Plateau final : public Schedule {
 public:
  explicit Plateau(const PlateauOptions& options) : options_(options), plateau_(options.rate) {}

  double rate(int64_t epoch, double) const override {
    if (epoch >= options_.warmup_epochs) return plateau_;
    const double t = static_cast<double>(epoch + 1) / static_cast<double>(options_.warmup_epochs);
    return options_.rate * (1e-3 + (1.0 - 1e-3) * t * t * t);
  }

  void observe(int64_t epoch, double score) override {
    last_used_ = rate(epoch, 0.0);
    if (epoch < options_.warmup_epochs) return;
    if (better(score)) {
      best_ = score;
      without_gain_ = 0;
    } else if (++without_gain_ > options_.patience) {
      without_gain_ = 0;
      plateau_ *= options_.factor;
    }
  }

  bool finished(int64_t epoch) const override {
    return epoch >= options_.warmup_epochs && last_used_ && *last_used_ < options_.stop_below;
  }

  Json state() const override {
    return {{"rate", plateau_},
            {"without_gain", without_gain_},
            {"best", best_ ? Json(*best_) : Json()},
            {"last_used", last_used_ ? Json(*last_used_) : Json()}};
  }

  void restore(const Json& state) override {
    plateau_ = state.at("rate");
    without_gain_ = state.at("without_gain");
    best_ = optional_number(state.at("best"));
    last_used_ = optional_number(state.at("last_used"));
  }

 private:
  static std::optional<double> optional_number(const Json& value) {
    return value.is_null() ? std::nullopt : std::optional(value.get<double>());
  }

  bool better(double score) const {
    if (!best_) return !std::isnan(score);
    return options_.higher_is_better ? score > *best_ + options_.threshold
                                     : score < *best_ - options_.threshold;
  }

  PlateauOptions options_;
  double plateau_;
  int64_t without_gain_ = 0;
  std::optional<double> best_, last_used_;
};

class Cosine final : public Schedule {
 public:
  Cosine(double rate, int64_t epochs, double warmup) : rate_(rate), epochs_(epochs), warmup_(warmup) {}

  double rate(int64_t epoch, double done) const override {
    const double t = static_cast<double>(epoch) + done;
    if (t < warmup_) return rate_ * t / warmup_;
    const double part = (t - warmup_) / (static_cast<double>(epochs_) - warmup_);
    return rate_ * 0.5 * (1.0 + std::cos(std::numbers::pi * part));
  }

 private:
  double rate_;
  int64_t epochs_;
  double warmup_;
};

class Ramp final : public Schedule {
 public:
  Ramp(double rate, double warmup, double start) : rate_(rate), warmup_(warmup), start_(start) {}

  double rate(int64_t epoch, double done) const override {
    const double t = static_cast<double>(epoch) + done;
    return t < warmup_ ? rate_ * (start_ + (1.0 - start_) * t / warmup_) : rate_;
  }

 private:
  double rate_, warmup_, start_;
};

}  // namespace

std::unique_ptr<Schedule> constant_rate(double rate) { return std::make_unique<Constant>(rate); }

std::unique_ptr<Schedule> plateau_rate(const PlateauOptions& options) {
  return std::make_unique<Plateau>(options);
}

std::unique_ptr<Schedule> cosine_rate(double rate, int64_t epochs, double warmup_epochs) {
  return std::make_unique<Cosine>(rate, epochs, warmup_epochs);
}

std::unique_ptr<Schedule> ramp_rate(double rate, double warmup_epochs, double start) {
  return std::make_unique<Ramp>(rate, warmup_epochs, start);
}

}  // namespace bgraph

#include "../quiet_context.h"

#include <bgraph/sdk/train/loop.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

using namespace bgraph;

namespace {

/// A context that is stopped after a number of checkpoint questions, and keeps what was saved.
class StoppedContext final : public testing::QuietContext, private Checkpoint {
 public:
  std::optional<Value> saved;
  int64_t questions_left = std::numeric_limits<int64_t>::max();  // then: save, and stop
  std::map<std::string, std::map<int64_t, double>> curves;

  void metric(const std::string& name, int64_t step, double value) override { curves[name][step] = value; }
  bool cancelled() const override { return questions_left <= 0; }
  Checkpoint& checkpoint() override { return *this; }

 private:
  std::optional<Value> load() override { return saved; }
  bool due() override { return --questions_left <= 0; }
  void save(const Value& state) override {
    saved = state;
    saved->meta = Json::parse(state.meta.dump());  // as through the store
  }
};

/// A regression with a noisy gradient; the validation is the distance to the solution.
struct Problem {
  at::Tensor x = at::zeros({5}).set_requires_grad(true);
  at::Tensor goal = at::arange(5, at::kFloat);

  TrainReport run(Context& ctx, TrainOptions options) {
    const auto schedule = plateau_rate({.rate = 0.05, .factor = 0.5, .patience = 1, .threshold = 0.2});
    return train(ctx, {{"x", x}}, *schedule, options,
                 [&](const TrainStep& at) {
                   const auto noise = ctx.rng("noise", at.epoch, at.step).normal({5});
                   return (x - goal - 0.5 * noise).square().sum();
                 },
                 [&] { return (x - goal).square().sum().item<double>(); });
  }
};

const TrainOptions kOptions{.epochs = 6, .steps = 4, .adam = {.amsgrad = true}, .eval_every = 2};
const TrainOptions kAveraged{.epochs = 6, .steps = 4, .eval_every = 2, .keep_best = false, .average = 0.9};

}  // namespace

TEST_CASE("a run that is killed at any step and started again ends in the same bits", "[train][loop]") {
  const TrainOptions& options = GENERATE_REF(std::cref(kOptions), std::cref(kAveraged));
  StoppedContext whole_ctx;
  Problem whole;
  const auto expected = whole.run(whole_ctx, options);

  for (int64_t stop = 1; stop < 24; ++stop) {
    StoppedContext ctx;
    ctx.questions_left = stop;
    Problem killed;
    CHECK_THROWS_AS(killed.run(ctx, options), Cancelled);
    ctx.questions_left = std::numeric_limits<int64_t>::max();
    ctx.curves.clear();  // a new process knows nothing
    Problem resumed;
    const auto report = resumed.run(ctx, options);
    CHECK(resumed.x.equal(whole.x));
    CHECK(report.best_score == expected.best_score);
    CHECK(report.best_epoch == expected.best_epoch);
    CHECK(ctx.curves == whole_ctx.curves);
  }
}

TEST_CASE("the parameters of the best validation are kept", "[train][loop]") {
  StoppedContext ctx;
  auto x = at::zeros({1}).set_requires_grad(true);
  const auto schedule = constant_rate(1.0);
  // The loss pulls x up without end; the score likes x = 2, which the second of five epochs reaches.
  const auto score = [&] { return std::abs(x.item<double>() - 2.0); };
  const auto loss = [&](const TrainStep&) { return -x.sum(); };
  const auto best = train(ctx, {{"x", x}}, *schedule, {.epochs = 5, .steps = 1}, loss, score);
  CHECK(best.best_epoch == 1);
  CHECK(x.item<double>() == Approx(2.0).epsilon(1e-6));  // eps of Adam

  const auto last = train(ctx, {{"x", x}}, *schedule, {.epochs = 5, .steps = 1, .keep_best = false}, loss, score);
  CHECK(last.best_epoch == 4);
  CHECK(x.item<double>() == Approx(7.0).epsilon(1e-6));
}

TEST_CASE("without validation the last state is kept and every epoch is trained", "[train][loop]") {
  StoppedContext ctx;
  auto x = at::zeros({1}).set_requires_grad(true);
  const auto schedule = constant_rate(1.0);
  const auto report = train(ctx, {{"x", x}}, *schedule, {.epochs = 3, .steps = 2},
                            [&](const TrainStep&) { return -x.sum(); });
  CHECK(report.epochs == 3);
  CHECK(report.best_epoch == -1);
  CHECK(x.item<double>() == Approx(6.0).epsilon(1e-6));
  CHECK(ctx.curves.at("loss").size() == 6);
  CHECK(ctx.curves.at("rate").at(6) == 1.0);
}

TEST_CASE("a loss that is not finite stops the run and names the step", "[train][loop]") {
  StoppedContext ctx;
  auto x = at::ones({1}).set_requires_grad(true);
  const auto schedule = constant_rate(1.0);
  const auto loss = [&](const TrainStep& at) { return at.epoch == 1 ? x.sum() / 0.0 : x.sum(); };
  CHECK_THROWS_WITH(train(ctx, {{"x", x}}, *schedule, {.epochs = 2, .steps = 3}, loss),
                    Catch::Matchers::ContainsSubstring("epoch 1, step 0"));
}

// Unit steps from 0 give x = 1, 2, 3; the average starts at 0 and moves by 1 - d with d = min(0.15, (1 + n) / (10 + n)).
TEST_CASE("with an average the result is the moving average of the weights", "[train][loop]") {
  StoppedContext ctx;
  auto x = at::zeros({1}).set_requires_grad(true);
  const auto schedule = constant_rate(1.0);
  double seen = 0;
  train(ctx, {{"x", x}}, *schedule, {.epochs = 1, .steps = 3, .keep_best = false, .average = 0.15},
        [&](const TrainStep&) { return -x.sum(); }, [&] { return seen = x.item<double>(); });
  double average = 0;
  for (int n = 0; n < 3; ++n) {
    const double decay = std::min(0.15, (1.0 + n) / (10.0 + n));  // 0.1, then 0.15
    average = decay * average + (1 - decay) * (n + 1);
  }
  CHECK(x.item<double>() == Approx(average).epsilon(1e-6));  // eps of Adam
  CHECK(seen == x.item<double>());                           // validated, too
}

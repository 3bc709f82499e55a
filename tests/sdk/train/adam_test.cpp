#include <bgraph/sdk/train/adam.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;

namespace {

at::Tensor leaf(at::Tensor values) { return values.clone().set_requires_grad(true); }

/// The update rule for one number, in double, as the papers write it.
struct SlowAdam {
  AdamOptions options;
  double value, first = 0, second = 0, largest = 0;
  int steps = 0;

  void step(double gradient, double rate) {
    ++steps;
    value -= rate * options.weight_decay * value;
    first = options.beta1 * first + (1 - options.beta1) * gradient;
    second = options.beta2 * second + (1 - options.beta2) * gradient * gradient;
    largest = std::max(largest, second);
    const double m = first / (1 - std::pow(options.beta1, steps));
    const double v = (options.amsgrad ? largest : second) / (1 - std::pow(options.beta2, steps));
    value -= rate * m / (std::sqrt(v) + options.eps);
  }
};

}  // namespace

TEST_CASE("the first step of Adam moves every number by the rate against its gradient", "[train][adam]") {
  auto x = leaf(at::tensor({1.0, -2.0, 3.0}));
  Adam adam({{"x", x}}, {.eps = 0.0});
  (x * at::tensor({5.0, -0.01, 100.0})).sum().backward();
  adam.step(0.5);
  CHECK((x.detach() - at::tensor({0.5, -1.5, 2.5})).abs().max().item<double>() < 1e-12);
}

TEST_CASE("Adam, AdamW and AMSGrad agree with the rule written out for each number", "[train][adam]") {
  const AdamOptions options = GENERATE(AdamOptions{}, AdamOptions{.weight_decay = 0.1},
                                       AdamOptions{.beta1 = 0.8, .beta2 = 0.9, .amsgrad = true});
  Rng rng(5, "test", "adam", 0, 0);
  const auto a = rng.normal({3, 2}).to(at::kDouble), b = rng.normal({5}).to(at::kDouble);
  auto first = leaf(a), second = leaf(b);
  Adam adam({{"a", first}, {"b", second}}, options);
  std::vector<SlowAdam> slow;
  for (int i = 0; i < 6; ++i) slow.push_back({options, a.flatten()[i].item<double>()});
  for (int i = 0; i < 5; ++i) slow.push_back({options, b[i].item<double>()});
  for (int step = 0; step < 7; ++step) {
    // Gradients that shrink, so that the largest second moment is not the last.
    const auto gradient = rng.normal({11}).to(at::kDouble) * std::pow(0.4, step);
    ((first.flatten() * gradient.narrow(0, 0, 6)).sum() + (second * gradient.narrow(0, 6, 5)).sum()).backward();
    const double rate = 0.01 * (step + 1);
    adam.step(rate);
    for (int i = 0; i < 11; ++i) slow[static_cast<size_t>(i)].step(gradient[i].item<double>(), rate);
  }
  for (int i = 0; i < 6; ++i)
    CHECK(first.detach().flatten()[i].item<double>() == Approx(slow[static_cast<size_t>(i)].value).epsilon(1e-12));
  for (int i = 0; i < 5; ++i)
    CHECK(second.detach()[i].item<double>() == Approx(slow[static_cast<size_t>(6 + i)].value).epsilon(1e-12));
}

TEST_CASE("a buffer of several blocks steps like one number repeated", "[train][adam]") {
  auto x = leaf(at::full({70001}, 2.0, at::kDouble)), one = leaf(at::full({1}, 2.0, at::kDouble));
  Adam many({{"x", x}}, {}), single({{"x", one}}, {});
  for (int step = 0; step < 3; ++step) {
    (x.square().sum() + one.square().sum()).backward();
    many.step(0.1);
    single.step(0.1);
  }
  CHECK(x.detach().min().item<double>() == one.item<double>());
  CHECK(x.detach().max().item<double>() == one.item<double>());
}

TEST_CASE("a restored Adam goes on in the same bits", "[train][adam]") {
  Rng rng(6, "test", "resume", 0, 0);
  const auto start = rng.normal({9});
  const auto pull = [](Adam& adam, at::Tensor& x, int steps) {
    for (int i = 0; i < steps; ++i) {
      (x - 1).square().sum().backward();
      adam.step(0.01);
    }
  };
  auto straight = leaf(start);
  Adam whole({{"x", straight}}, {.amsgrad = true});
  pull(whole, straight, 5);

  auto before = leaf(start);
  Adam early({{"x", before}}, {.amsgrad = true});
  pull(early, before, 2);
  auto after = leaf(before.detach());
  Adam late({{"x", after}}, {.amsgrad = true});
  late.restore(early.state());
  pull(late, after, 3);
  CHECK(after.equal(straight));
}

TEST_CASE("Adam refuses nothing, mixed dtypes and another optimiser's state", "[train][adam]") {
  CHECK_THROWS_AS(Adam({}, {}), Error);
  CHECK_THROWS_WITH(Adam({{"a", leaf(at::ones({2}))}, {"b", leaf(at::ones({2}, at::kDouble))}}, {}),
                    Catch::Matchers::ContainsSubstring("'b'"));
  Adam small({{"a", leaf(at::ones({2}))}}, {}), large({{"a", leaf(at::ones({40}))}}, {});
  CHECK_THROWS_AS(large.restore(small.state()), Error);
}

TEST_CASE("six steps of the papers' optimisers agree with the reference values", "[train][adam][data]") {
  const auto golden = testing::Golden::open("training");
  if (!golden) return;
  struct Case {
    const char* name;
    AdamOptions options;
    double rate;
  };
  for (const Case& one : {Case{"opt.adam_amsgrad_1e-3", {.amsgrad = true}, 1e-3}, Case{"opt.adam_1e-3", {}, 1e-3},
                          Case{"opt.adamw_5e-4", {.weight_decay = 0.01}, 5e-4},
                          Case{"opt.adamw_1e-5", {.weight_decay = 0.01}, 1e-5}}) {
    auto x = leaf(golden->input("input.opt.param"));
    Adam adam({{"x", x}}, one.options);
    std::vector<at::Tensor> trace;
    for (int k = 0; k < 6; ++k) {
      const auto gradient = golden->input("input.opt.grad." + std::to_string(k)) * std::pow(2.0, -k);
      (x * gradient).sum().backward();
      adam.step(one.rate);
      trace.push_back(x.detach().clone());
    }
    CHECK(golden->output_difference(one.name, at::stack(trace)) == "");
  }
}

#include "info_nce.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

#include <cmath>
#include <fstream>

using namespace bgraph;

namespace {

at::Tensor dense_info_nce(const at::Tensor& predicted, const at::Tensor& target) {
  const at::Tensor logits = at::matmul(predicted, target.t());
  return -(at::log_softmax(logits, 1).diagonal() + at::log_softmax(logits, 0).diagonal()).mean() / 2;
}

/// The most memory this process has held since `forget_peak`, bytes; 0 where the system does not say.
int64_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return 1024 * std::stoll(line.substr(6));
  return 0;
}

bool forget_peak() {
  std::ofstream file("/proc/self/clear_refs");
  return static_cast<bool>(file << 5 << std::flush);
}

at::Tensor leaf(const at::Tensor& values) { return values.clone().requires_grad_(true); }

}  // namespace

TEST_CASE("InfoNCE in row blocks equals the dense form, values and gradients", "[decoding][info_nce]") {
  Rng rng(3, "info_nce_test", "tokens", 0, 0);
  const at::Tensor tokens = rng.normal({13, 6}).to(at::kDouble), targets = rng.normal({13, 6}).to(at::kDouble);
  const at::Tensor p = leaf(tokens), t = leaf(targets), dense_p = leaf(tokens), dense_t = leaf(targets);
  const at::Tensor loss = decoding::info_nce(p, t, 5);  // blocks of 5, 5 and 3 rows
  const at::Tensor dense = dense_info_nce(dense_p, dense_t);
  (3 * loss).backward();
  (3 * dense).backward();
  CHECK(std::abs(loss.item<double>() - dense.item<double>()) < 1e-13);
  CHECK((p.grad() - dense_p.grad()).abs().max().item<double>() < 1e-13);
  CHECK((t.grad() - dense_t.grad()).abs().max().item<double>() < 1e-13);
}

TEST_CASE("InfoNCE of tokens that say nothing is the logarithm of their number", "[decoding][info_nce]") {
  const at::Tensor loss = decoding::info_nce(at::zeros({7, 3}, at::kDouble), at::ones({7, 3}, at::kDouble));
  CHECK(std::abs(loss.item<double>() - std::log(7.0)) < 1e-14);
}

TEST_CASE("InfoNCE stays finite where exponentials overflow", "[decoding][info_nce]") {
  const at::Tensor tokens = 40 * at::eye(4);  // logits of 1600 on the diagonal
  CHECK(decoding::info_nce(tokens, tokens).item<double>() == 0.0);
}

TEST_CASE("InfoNCE equals the authors' release", "[decoding][info_nce]") {
  const auto golden = testing::Golden::open("losses");
  if (!golden) return;
  const std::string name = GENERATE("nce0", "nce1", "nce2");
  INFO(name);
  const at::Tensor p = leaf(golden->input("input." + name + ".pred"));
  const at::Tensor t = leaf(golden->input("input." + name + ".target"));
  const at::Tensor loss = decoding::info_nce(p.flatten(0, 1), t.flatten(0, 1), 4);
  loss.backward();
  CHECK(golden->output_difference(name + ".loss", loss) == "");
  CHECK(golden->output_difference(name + ".grad_pred", p.grad()) == "");
  CHECK(golden->output_difference(name + ".grad_target", t.grad()) == "");
}

TEST_CASE("the logits of InfoNCE never exist all at once", "[decoding][info_nce]") {
  constexpr int64_t kTokens = 6144, kBlock = 128, kLogits = kTokens * kTokens * 4;  // 151 MB in float32
  Rng rng(4, "info_nce_test", "many", 0, 0);
  const at::Tensor p = leaf(rng.normal({kTokens, 4})), t = leaf(rng.normal({kTokens, 4}));
  const auto step = [&] { decoding::info_nce(p, t, kBlock).backward(); };
  step();  // what is allocated once
  if (!forget_peak()) {
    WARN("skipped: the system does not measure peak memory");
    return;
  }
  const int64_t before = peak_bytes();
  step();
  // A block is 3 MB; a handful of them live at a time. A sixth of the logits leaves room for the allocator.
  CHECK(peak_bytes() - before < kLogits / 6);
}

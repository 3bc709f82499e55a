// The loss over layers: the release's multi-scale InfoNCE, and layers that do not see each other.
#include "layered_loss.h"

#include "info_nce.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using decoding::layered_loss;

TEST_CASE("InfoNCE over layers equals the authors' release", "[decoding][layered_loss]") {
  const auto golden = testing::Golden::open("losses");
  if (!golden) return;
  const at::Tensor predicted = golden->input("input.ms.pred").requires_grad_(true);
  const auto counts = (*golden)["config"].at("ms_tokens_per_layer").get<std::vector<int64_t>>();
  const auto targets = golden->input("input.ms.target").split_with_sizes(counts, 1);
  const at::Tensor loss = layered_loss("infonce", predicted, targets);
  loss.backward();
  CHECK(golden->output_difference("ms.loss", loss) == "");
  CHECK(golden->output_difference("ms.grad_pred", predicted.grad()) == "");
}

TEST_CASE("each layer weighs the same, whatever its number of tokens and its width", "[decoding][layered_loss]") {
  const at::Tensor outputs = Rng(5, "layered_loss_test", "outputs", 0, 0).normal({2, 7, 6}).to(at::kDouble);
  const at::Tensor wide = outputs.narrow(1, 0, 4) + 2.0;                    // errors of 2 everywhere
  const at::Tensor narrow = outputs.narrow(1, 4, 3).narrow(2, 0, 3) - 1.0;  // of 1, in the columns that count
  CHECK(std::abs(layered_loss("mse", outputs, {wide, narrow}).item<double>() - (4.0 + 1.0) / 2) < 1e-12);
  const double apart = (decoding::info_nce(outputs.narrow(1, 0, 4).flatten(0, 1), wide.flatten(0, 1)) +
                        decoding::info_nce(outputs.narrow(1, 4, 3).narrow(2, 0, 3).flatten(0, 1), narrow.flatten(0, 1)))
                           .item<double>() / 2;
  CHECK(std::abs(layered_loss("infonce", outputs, {wide, narrow}).item<double>() - apart) < 1e-12);
}

#include "time_embedding.h"

#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::diffusion;

TEST_CASE("time 0 embeds as ones then zeros", "[diffusion][time_embedding]") {
  const auto embedding = time_embedding(at::zeros({1}, at::kLong), 6);
  CHECK(embedding.equal(at::tensor({1.0f, 1.0f, 1.0f, 0.0f, 0.0f, 0.0f}).unsqueeze(0)));
}

TEST_CASE("frequencies fall from 1 towards 1/10000, cosines before sines", "[diffusion][time_embedding]") {
  const auto embedding = time_embedding(at::tensor({3, 999}, at::kLong), 4);  // [2, 4]
  REQUIRE(embedding.sizes() == at::IntArrayRef({2, 4}));
  const auto at_row = [&](int64_t row, int64_t i) { return embedding[row][i].item<double>(); };
  CHECK(std::abs(at_row(0, 0) - std::cos(3.0)) < 1e-6);
  CHECK(std::abs(at_row(0, 1) - std::cos(0.03)) < 1e-6);   // 10000^(-1/2) = 1/100
  CHECK(std::abs(at_row(1, 2) - std::sin(999.0)) < 1e-6);
  CHECK(std::abs(at_row(1, 3) - std::sin(9.99)) < 1e-6);
}

TEST_CASE("numbers are embedded one beside the other, whatever their size", "[diffusion][time_embedding]") {
  const auto numbers = at::tensor({256.0, 0.5, 1024.0, -3.0}).reshape({2, 2});
  const auto embedded = number_embeddings(numbers, 6);
  REQUIRE(embedded.sizes() == at::IntArrayRef({2, 12}));
  CHECK(embedded[1].slice(0, 6).equal(time_embedding(at::tensor({-3.0}), 6)[0]));
}

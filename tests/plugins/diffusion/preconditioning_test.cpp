#include "preconditioning.h"

#include <bgraph/sdk/testing/catch.h>

#include <cmath>

using namespace bgraph::diffusion;

TEST_CASE("a network that predicts its target exactly denoises exactly, whatever the level", "[diffusion][preconditioning]") {
  const double data = 0.7, noise = -1.3;
  for (const auto prediction : {Prediction::eps, Prediction::v})
    for (const double sigma : {0.03, 1.0, 14.6}) {
      const double x = data + sigma * noise;
      const auto c = preconditioning(prediction, sigma);
      const double output = prediction == Prediction::eps ? noise : (noise - sigma * data) / std::sqrt(sigma * sigma + 1);
      CHECK(std::abs(c.c_skip * x + c.c_out * output - data) < 1e-12);
    }
}

TEST_CASE("inputs have unit variance when data have", "[diffusion][preconditioning]") {
  const double sigma = 2.5;
  const double c_in = preconditioning(Prediction::v, sigma).c_in;
  CHECK(std::abs(c_in * c_in * (1 + sigma * sigma) - 1) < 1e-12);
}

TEST_CASE("an error of the network reaches the image at most once with v, sigma fold with eps",
          "[diffusion][preconditioning]") {
  CHECK(std::abs(preconditioning(Prediction::v, 14.6).c_out) < 1);
  CHECK(preconditioning(Prediction::eps, 14.6).c_out == -14.6);
}

#include "preconditioning.h"

#include <bgraph/sdk/testing/catch.h>

#include <cmath>

using namespace bgraph::diffusion;

TEST_CASE("a network that predicts its target exactly denoises exactly, whatever the level", "[diffusion][preconditioning]") {
  const double data = 0.7, noise = -1.3;
  for (const auto prediction : {Prediction::eps, Prediction::v, Prediction::image})
    for (const double sigma : {0.03, 1.0, 14.6}) {
      const double x = data + sigma * noise;
      const auto c = preconditioning(prediction, sigma);
      const double v = (noise - sigma * data) / std::sqrt(sigma * sigma + 1);
      const double output = prediction == Prediction::eps ? noise : prediction == Prediction::v ? v : data;
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

TEST_CASE("the loss of an image equals the loss of v until the weight is cut off at 5", "[diffusion][preconditioning]") {
  for (const double sigma : {0.5, 1.0, 14.6}) {  // 1 + 1 / 0.5^2 = 5
    const double c_out = preconditioning(Prediction::v, sigma).c_out;
    CHECK(std::abs(loss_weight(Prediction::image, sigma) - 1 / (c_out * c_out)) < 1e-12);
  }
  CHECK(loss_weight(Prediction::image, 0.1) == 5);
}

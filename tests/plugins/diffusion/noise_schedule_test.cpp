#include "noise_schedule.h"

#include "time_embedding.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

using namespace bgraph;
using namespace bgraph::diffusion;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("the noise table ascends from 0.029167 to 14.614641", "[diffusion][noise_schedule]") {
  const auto& levels = noise_levels();
  REQUIRE(levels.size() == 1000);
  CHECK(std::abs(levels.front() - 0.029167) < 1e-6);
  CHECK(std::abs(levels.back() - 14.614641) < 1e-6);
  CHECK(std::is_sorted(levels.begin(), levels.end()));
}

TEST_CASE("38 steps visit 999, 972, 946 and end at 26, index 14 at level 2.548227", "[diffusion][noise_schedule]") {
  const auto indices = step_indices(38);
  const auto levels = step_levels(38);
  REQUIRE(indices.size() == 38);
  CHECK(std::vector<int64_t>(indices.begin(), indices.begin() + 3) == std::vector<int64_t>{999, 972, 946});
  CHECK(indices[14] == 630);
  CHECK(indices.back() == 26);
  CHECK(std::abs(levels[14] - 2.548227) < 1e-6);
  CHECK(std::abs(levels[37] - .15797) < 1e-5);
  CHECK(levels[38] == 0);
}

// The refinement of Brain-IT keeps the last nine of 25 steps; the values are those of its authors' code.
TEST_CASE("the last nine levels of 25 steps are those of the refinement stage", "[diffusion][noise_schedule]") {
  const std::vector<double> expected = {.889085, .773392, .667538, .569285, .476454, .386565, .295942, .196303, 0};
  const auto levels = step_levels(25);
  for (size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(levels[17 + i] - expected[i]) < 1e-6);
}

TEST_CASE("a thousand steps visit every entry of the table once", "[diffusion][noise_schedule]") {
  const auto indices = step_indices(1000);
  for (int64_t i = 0; i < 1000; ++i) REQUIRE(indices[i] == 999 - i);
}

TEST_CASE("the nearest level of a table entry is that entry, and of a point between two the nearer one",
          "[diffusion][noise_schedule]") {
  const auto& levels = noise_levels();
  for (const int64_t t : {0, 1, 417, 998, 999}) CHECK(nearest_level(levels[t]) == t);
  CHECK(nearest_level(0.4 * levels[7] + 0.6 * levels[8]) == 8);
  CHECK(nearest_level(0.6 * levels[7] + 0.4 * levels[8]) == 7);
  CHECK(nearest_level(0) == 0);
  CHECK(nearest_level(100) == 999);
}

TEST_CASE("skipped steps leave the levels after them", "[diffusion][noise_schedule]") {
  const auto all = step_levels(38);
  CHECK(remaining_levels(38, 0) == all);
  CHECK(remaining_levels(38, 14) == std::vector<double>(all.begin() + 14, all.end()));
  CHECK_THROWS_WITH(remaining_levels(38, 38), ContainsSubstring("start index 38 is outside the schedule of 38 steps"));
  CHECK_THROWS_WITH(remaining_levels(38, -1), ContainsSubstring("start index -1"));
}

TEST_CASE("a schedule of no steps or more than the table has is refused", "[diffusion][noise_schedule]") {
  CHECK_THROWS_WITH(step_levels(0), ContainsSubstring("1 to 1000 steps, found 0"));
  CHECK_THROWS_WITH(step_levels(1001), ContainsSubstring("found 1001"));
}

TEST_CASE("levels, steps, quantisation and embeddings are those of the reference", "[diffusion][noise_schedule][data]") {
  const auto golden = testing::Golden::open("sgm_schedule");
  if (!golden) return;
  for (const int64_t steps : {8, 25, 38, 50, 1000}) {
    CHECK(golden->output_difference("sigmas." + std::to_string(steps), at::tensor(step_levels(steps))) == "");
    CHECK(golden->output_difference("timesteps." + std::to_string(steps), at::tensor(step_indices(steps))) == "");
  }
  const auto queries = golden->input("input.sigma_query");
  std::vector<int64_t> index;
  std::vector<double> level;
  for (int64_t i = 0; i < queries.numel(); ++i) {
    index.push_back(nearest_level(queries[i].item<double>()));
    level.push_back(noise_levels()[index.back()]);
  }
  CHECK(golden->output_difference("sigma_to_idx", at::tensor(index)) == "");
  CHECK(golden->output_difference("quantised_sigma", at::tensor(level)) == "");
  for (const auto& [name, numbers] : (*golden)["config"].items()) {
    if (name == "timestep_embedding_320") {
      const auto t = at::tensor(numbers.get<std::vector<double>>()).to(at::kLong);
      CHECK(golden->output_difference(name, time_embedding(t, 320)) == "");
    } else {
      std::vector<at::Tensor> rows;
      for (const auto& row : numbers) rows.push_back(at::tensor(row.get<std::vector<double>>()));
      CHECK(golden->output_difference(name, number_embeddings(at::stack(rows), 256)) == "");
    }
  }
  CHECK(golden->not_compared() == "");
}

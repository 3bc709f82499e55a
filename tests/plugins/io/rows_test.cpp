#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include "rows.h"

using namespace bgraph;
using namespace bgraph::io;

TEST_CASE("stratified folds cover every trial once and keep the classes in proportion", "[io][rows]") {
  const at::Tensor classes = at::cat({at::full({46}, 1, at::kLong), at::full({44}, 2, at::kLong)});
  at::Tensor held = at::full({90}, 0, at::kLong);
  for (int64_t fold = 0; fold < 9; ++fold) {
    const HeldOut split = hold_out_fold(classes, fold, 9, Rng(3, "io.test", "folds", 0, 0));
    CHECK(split.test.size(0) == 10);
    CHECK(split.train.size(0) == 80);
    held.index_add_(0, split.test, at::full({10}, 1, at::kLong));
    const auto sixes = classes.index_select(0, split.test).eq(1).sum().item<int64_t>();
    CHECK((sixes == 5 || sixes == 6));  // 46 / 9 lies between
  }
  CHECK(held.eq(1).all().item<bool>());
}

TEST_CASE("held-out rows must exist, stand once and leave something", "[io][rows]") {
  CHECK_THROWS_WITH(hold_out_rows(5, {5}), "test_rows names row 5, expected 0 to 4");
  CHECK_THROWS_WITH(hold_out_rows(5, {2, 2}), "test_rows names row 2 twice");
  CHECK_THROWS_WITH(hold_out_rows(2, {0, 1}), "no trial is left to train on: all 2 are held out");
  CHECK(hold_out_rows(5, {3}).train.equal(at::tensor({0, 1, 2, 4}, at::kLong)));
}

TEST_CASE("standardising uses the training rows alone", "[io][rows]") {
  // Column 0: training rows 1, 3 have mean 2 and sd 1, so the held-out 10 becomes 8. Column 1 is constant.
  const at::Tensor values = at::tensor({1.0, 7.0, 3.0, 7.0, 10.0, 7.0}).reshape({3, 2});
  const at::Tensor scaled = standardised(values, at::tensor({0, 1}, at::kLong));
  CHECK(scaled.equal(at::tensor({-1.0f, 0.0f, 1.0f, 0.0f, 8.0f, 0.0f}).reshape({3, 2})));
}

TEST_CASE("copied trials are found by content", "[io][rows]") {
  const at::Tensor values = at::tensor({1.0, 2.0, 2.0, 1.0, 1.0, 2.0}).reshape({3, 2});  // rows 0 and 2; 1 has the same sum
  CHECK(equal_rows(values) == std::vector<std::string>{"0 and 2"});
}

#include "rows.h"

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/nan_to_num.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <map>
#include <set>

namespace bgraph::io {

namespace {

HeldOut split_by(int64_t total, const std::set<int64_t>& held) {
  std::vector<int64_t> train, test(held.begin(), held.end());
  for (int64_t row = 0; row < total; ++row)
    if (!held.count(row)) train.push_back(row);
  if (train.empty()) throw Error("no trial is left to train on: all " + std::to_string(total) + " are held out");
  if (test.empty()) throw Error("no trial is held out");
  return {at::tensor(train), at::tensor(test)};
}

}  // namespace

HeldOut hold_out_rows(int64_t total, const std::vector<int64_t>& test_rows) {
  std::set<int64_t> held;
  for (const int64_t row : test_rows) {
    if (row < 0 || row >= total)
      throw Error("test_rows names row " + std::to_string(row) + ", expected 0 to " + std::to_string(total - 1));
    if (!held.insert(row).second) throw Error("test_rows names row " + std::to_string(row) + " twice");
  }
  return split_by(total, held);
}

HeldOut hold_out_fold(const at::Tensor& classes, int64_t fold, int64_t folds, Rng rng) {
  if (fold >= folds)
    throw Error("fold is " + std::to_string(fold) + ", expected 0 to " + std::to_string(folds - 1));
  std::map<int64_t, std::vector<int64_t>> rows_of;
  for (int64_t row = 0; row < classes.size(0); ++row) rows_of[classes[row].item<int64_t>()].push_back(row);
  std::set<int64_t> held;
  int64_t dealt = 0;
  for (const auto& [label, rows] : rows_of) {
    const at::Tensor order = rng.permutation(static_cast<int64_t>(rows.size()));
    for (int64_t i = 0; i < order.size(0); ++i)
      if (dealt++ % folds == fold) held.insert(rows[static_cast<size_t>(order[i].item<int64_t>())]);
  }
  return split_by(classes.size(0), held);
}

at::Tensor standardised(const at::Tensor& values, const at::Tensor& train) {
  const at::Tensor rows = values.to(at::kDouble).index_select(0, train);
  const at::Tensor mean = rows.mean(0), sd = rows.std(0, /*unbiased=*/false);
  const at::Tensor scaled = (values.to(at::kDouble) - mean) / sd;
  return at::where(sd.eq(0).expand_as(scaled), at::zeros_like(scaled), scaled).to(at::kFloat);
}

std::vector<std::string> equal_rows(const at::Tensor& values) {
  // Equal rows have equal sums: only such pairs are compared whole.
  const at::Tensor sums = at::nan_to_num(values).sum(1).to(at::kDouble);
  std::map<double, std::vector<int64_t>> by_sum;
  for (int64_t row = 0; row < sums.size(0); ++row) by_sum[sums[row].item<double>()].push_back(row);
  std::vector<std::string> pairs;
  for (const auto& [sum, rows] : by_sum)
    for (size_t i = 1; i < rows.size() && pairs.size() < 5; ++i)
      if (at::nan_to_num(values[rows[0]]).equal(at::nan_to_num(values[rows[i]])))
        pairs.push_back(std::to_string(rows[0]) + " and " + std::to_string(rows[i]));
  return pairs;
}

}  // namespace bgraph::io

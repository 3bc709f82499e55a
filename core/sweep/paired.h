// The settings of a sweep against its baseline, number by number, with the seeds as pairs.
//
//   d_s = value(setting, seed s) - value(baseline, seed s)      for every seed both have
//   difference = mean(d)      interval = mean(d) -+ t(.975, n - 1) * sd(d) / sqrt(n)
//
// Pairs share their random numbers (counters depend on the seed alone), so what both settings owe to chance drops
// out of d. One pair gives a difference without an interval. Numbers scored under different protocols are not
// subtracted: the row then says so. Tables of more than 200 rows (a row per image) are left out.
#pragma once

#include <bgraph/core/run/record.h>

#include <string>

namespace bgraph::sweep {

/// [{"table", "row", "column", "setting", "baseline", "pairs", "mean", "baseline_mean", "difference",
///   "low", "high"}], low and high null for one pair; or with "note" in place of the numbers.
Json paired(const run::RunRecord& record, const store::Store& store);

/// table,row,column,setting,baseline,pairs,mean,baseline_mean,difference,low,high,note
std::string paired_csv(const Json& paired);

/// Half the width of the 95 % interval of a mean of differences. Error for fewer than two.
double interval_half_width(const std::vector<double>& differences);

}  // namespace bgraph::sweep

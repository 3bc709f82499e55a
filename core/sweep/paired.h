// The settings of a sweep against its baseline, number by number.
//
//   d = value(setting) - value(baseline)      for every seed both have; in tables with a row per image, for every image
//   difference = mean(d), with a 95 % interval over seeds, or over images crossed with brains (crossed.h)
//
// A brain is a subject under a seed. Pairs share their random numbers (counters depend on the seed alone), so what both
// settings owe to chance drops out of d. Only images that all brains have are compared; methods with another number of
// brains, or of images, are compared over what both have. One difference has no interval. Numbers scored under different
// protocols are not subtracted: the row then says so. Training curves and other tables of more than 200 rows are left out.
#pragma once

#include <bgraph/core/run/record.h>

#include <string>

namespace bgraph::sweep {

/// [{"table", "row", "column", "setting", "baseline", "pairs", "over", "mean", "baseline_mean", "difference",
///   "low", "high"}], low and high null for one pair; or with "note" in place of the numbers. `row` is the method in
/// tables with a row per image; `over` says what the pairs are: "3 seeds", "64 images x 8 brains".
Json paired(const run::RunRecord& record, const store::Store& store);

/// table,row,column,setting,baseline,pairs,over,mean,baseline_mean,difference,low,high,note
std::string paired_csv(const Json& paired);

}  // namespace bgraph::sweep

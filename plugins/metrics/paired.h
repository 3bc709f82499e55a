// A contrast of two methods on the same images and subjects: paired difference, interval, decision.
//
//   difference   mean over cells (subject, image) of a - b; cells that either lacks are left out
//   interval     central 95 % of the bootstrap over images crossed with subjects
//   p            twice the smaller share of resamples on one side of zero (counting the observed one)
//   detectable   2.80 standard errors: what a two-sided 5 % test resolves four times in five
//
// A method without subjects (a control with one row per image) stands beside every subject of the other.
#pragma once

#include "bootstrap.h"

#include <string>

namespace bgraph::metrics {

struct PairedDifference {
  double first, second;   // means over the shared cells
  double difference;
  Interval interval;      // central 95 %
  Interval narrow;        // central 90 %: two one-sided tests of equivalence
  double p;
  double detectable;
  int64_t cells;          // how many pairs stand behind it
};

/// a, b [S, N] or [1, N] float64, NaN = missing. Error if they share no cell.
PairedDifference paired_difference(const at::Tensor& a, const at::Tensor& b, int64_t resamples, Rng rng);

/// What may be said, with the corrected p-value. `margin` > 0: differences inside it count as equivalence.
///   "first is better" | "second is better" | "equivalent within 0.02" |
///   "not resolved: detectable difference 0.031"
std::string decision(const PairedDifference& found, double p_corrected, const std::string& better, double margin);

}  // namespace bgraph::metrics

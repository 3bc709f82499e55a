// What a node will take, foretold from earlier runs of its type with its parameters, by the size of their inputs:
//
//   the same size before   as then: the newest time
//   two sizes or more      time and memory lie on lines over the size, base + slope * MiB by least squares, base and slope >= 0
//   one size               what lies above nothing (no time, an idle worker's memory) grows as the inputs do; it does not
//                          shrink with them: one size does not tell what of it was the inputs'
//
// Memory is never foretold below what a run on inputs that were no larger held: too much makes nodes wait for each other, too
// little ends them. Of a node that is split, time goes by the whole inputs and memory by what one chunk sees.
#pragma once

#include <bgraph/core/store/key_record.h>

#include <string>
#include <vector>

namespace bgraph::plan {

struct Forecast {
  double seconds = 0, peak_mib = 0;
  std::string basis;  // "a line through 3 runs on 2 to 9.7 MiB of inputs, now 20"; "" = as a run was
};

/// From runs with equal parameters, the nearest first, at least one. Where no input size is known it is what the first took.
Forecast forecast(const std::vector<const store::KeyRecord*>& runs, const store::InputSize& inputs);

}  // namespace bgraph::plan

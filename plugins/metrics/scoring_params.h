// What the nodes that score reconstructions ask alike.
#pragma once

#include <bgraph/sdk/params.h>

#include <cstdint>

namespace bgraph::metrics {

struct ScoringParams {
  int64_t repeats = 0;
  int64_t resamples = 2000;
  int64_t permutations = 1000;
  bool allow_same_network = false;

  template <class Visitor>
  void visit(Visitor& field) {
    field("repeats", repeats, at_least(0), "trials averaged per reconstruction, for the protocol; 0 = not stated");
    field("resamples", resamples, at_least(100), "bootstrap resamples behind each 95 % interval");
    field("permutations", permutations, at_least(100), "label permutations behind each chance band");
    field("allow_same_network", allow_same_network, any(), "let a judge through that made the reconstructions; it is noted");
  }
};

}  // namespace bgraph::metrics

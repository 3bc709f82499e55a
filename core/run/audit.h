// Which nodes are bit-stable: each is run again on the inputs it had, with the same and with other thread counts.
//
// Inputs are those of the reference run, so a node that varies does not make the nodes after it look bad. Nothing of an
// audit enters the store: results go to a store of their own that lends the values of the real one.
#pragma once

#include <bgraph/core/run/execute.h>

#include <string>
#include <vector>

namespace bgraph::run {

struct Verdict {
  std::string node, type;
  bool repeats = true;          // the same threads give the same bytes again
  bool any_threads = true;      // other threads give the same bytes
  std::string error;            // why it could not be run again; "" = it could
  std::vector<std::string> differences;  // the first output that differs, part by part

  bool stable() const { return error.empty() && repeats && any_threads; }
};

/// One verdict per step named, in that order. Every step of the plan must have outputs (run it first). `threads` are
/// the counts to compare; the first is the one outputs were made with.
std::vector<Verdict> audit(const plan::Plan& plan, const std::vector<size_t>& steps, const registry::Catalogue& catalogue,
                           const store::Store& store, const RunOptions& options, const std::vector<int64_t>& threads);

std::vector<size_t> all_steps(const plan::Plan& plan);

}  // namespace bgraph::run

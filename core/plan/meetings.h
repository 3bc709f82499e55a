// Where test data meets what was fitted, in one graph of a plan.
//
// What a step fitted travels with its outputs, and with what is made of them, until a value labelled "test" comes out:
// that is a prediction or a score, and no longer the model. Every test value read on that way meets the step.
//
//   fold 1:  train ──> fit ──> model ──> predict ──> predicted (test) ──> score     met by fit: held_out alone
//                            held_out (test) ──┘
#pragma once

#include <bgraph/core/plan/plan.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bgraph::plan {

/// A value labelled "test" whose images are numbered.
struct TestValue {
  std::string output;  // "node.port"
  std::string space;   // of its image ids
  Digest digest;
};

class Meetings {
 public:
  Meetings(const Plan& plan, const Cell& cell, const store::Store& store);

  /// Test values known by now that this step reads, or a step that what it fitted reaches; each once.
  std::vector<TestValue> of(size_t step);

  /// All test values known by now.
  std::vector<TestValue> test_values() const;

 private:
  std::optional<TestValue> test_value(const Source& source) const;
  bool carries_test(const Source& source);
  bool looked_up(const Source& source);

  const Plan& plan_;
  const Cell& cell_;
  const store::Store& store_;
  std::map<size_t, std::vector<Source>> readers_;  // of each step: {the step that reads it, which of its outputs}
  std::map<std::pair<size_t, std::string>, bool> carries_;
};

}  // namespace bgraph::plan

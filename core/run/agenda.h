// What may be handed out next: steps that have something to hand out, what goes before others in front, and who waits for whom.
// Knows nothing of workers and stores, so that a decision costs the same however large the plan.
#pragma once

#include <bgraph/core/plan/plan.h>

#include <optional>
#include <set>
#include <vector>

namespace bgraph::run {

class Agenda {
 public:
  explicit Agenda(const plan::Plan& plan);

  /// Steps that need nothing, in the order of the plan.
  std::vector<size_t> roots() const;
  /// A step has its outputs: the steps that waited for nothing else.
  std::vector<size_t> complete(size_t step);
  const std::vector<size_t>& readers(size_t step) const { return readers_[step]; }

  void add(size_t step) { ready_.insert(step); }     // has something to hand out
  void remove(size_t step) { ready_.erase(step); }   // has nothing, or nothing any more
  std::optional<size_t> first() const;

 private:
  struct GoesFirst {
    const plan::Plan* plan;
    bool operator()(size_t a, size_t b) const;
  };

  std::vector<std::vector<size_t>> readers_;
  std::vector<size_t> missing_;  // needs that have no outputs yet
  std::set<size_t, GoesFirst> ready_;
};

}  // namespace bgraph::run

// trace.json: a run as lanes over time, for https://ui.perfetto.dev or chrome://tracing.
//
//   workers         a track per lane: units, and of each the time its inputs took to open and its outputs to publish
//   memory          a curve per lane: resident memory of its worker, MiB
//   critical path   the chain of nodes that the run was as long as; shortening anything else gains nothing
#pragma once

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/run/happening.h>

#include <filesystem>
#include <map>
#include <vector>

namespace bgraph::run {

class Trace {
 public:
  explicit Trace(const plan::Plan& plan) : plan_(plan) {}

  void note(const Happening& happening);
  void write(const std::filesystem::path& file) const;

 private:
  struct Span {
    double start_s = 0, end_s = 0;
    bool ended = false;
  };

  void add_unit(const Happening& start, const Happening& end);
  void add_memory(const Happening& happening);
  Json critical_path() const;

  const plan::Plan& plan_;
  std::map<int, Happening> running_;  // per lane, its unit's start
  std::map<size_t, Span> nodes_;      // steps that ran, from their first unit to their end
  std::vector<double> memory_mib_;    // per lane, as last written
  double memory_at_s_ = -1;
  Json events_ = Json::array();
};

}  // namespace bgraph::run

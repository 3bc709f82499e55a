// The written account of a run:
//   journal.jsonl   everything that happened, one JSON object per line; `bgraph run --json` prints the same lines
//   log.txt         what nodes and workers said, dated
//   capsules/       of a unit that failed: what it was given and its last words, for `bgraph replay`
//
// A line has "t" (seconds since the start), "what", and for most of them "node" and "lane"; see happening.h for the
// rest of each kind. The first is {"what": "plan", "steps": [{node, state, why}]}, the last
// {"what": "end", "code": exit code, "seconds", "folder", "nodes": {"ran": 3, "hit": 40, ...}}.
#pragma once

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/run/happening.h>
#include <bgraph/core/run/record.h>

#include <filesystem>
#include <fstream>
#include <functional>

namespace bgraph::run {

using Listener = std::function<void(const Json& line)>;

class Journal {
 public:
  /// `listener`, if there is one, hears every line too.
  Journal(std::filesystem::path folder, const plan::Plan& plan, Listener listener);

  void note(const Happening& happening);

 private:
  void write(const Json& line);

  std::filesystem::path folder_;
  const plan::Plan& plan_;
  Listener listener_;
  std::ofstream journal_, log_;
};

Json plan_line(const plan::Plan& plan);
Json end_line(const RunRecord& record);

}  // namespace bgraph::run

// The written account of a run:
//   journal.jsonl   everything that happened, one JSON object per line
//   log.txt         what nodes and workers said, dated
//   trace.json      units per worker lane, for a trace viewer (chrome://tracing, Perfetto)
//   capsules/       of a unit that killed its worker: what it was given and its last words
#pragma once

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/run/happening.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace bgraph::run {

class Journal {
 public:
  Journal(std::filesystem::path folder, const plan::Plan& plan);

  void note(const Happening& happening);
  /// Writes trace.json. Call once, at the end.
  void finish();

 private:
  void trace(const Happening& happening);

  std::filesystem::path folder_;
  const plan::Plan& plan_;
  std::ofstream journal_, log_;
  std::map<int, Happening> running_;  // per lane, its unit's start
  Json trace_ = Json::array();
};

}  // namespace bgraph::run

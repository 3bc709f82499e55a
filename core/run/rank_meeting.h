// The other ranks of a run that torchrun or srun started as several processes.
//
// Rank 0 is an ordinary run. The others follow: they wait where all ranks meet (MASTER_ADDR:MASTER_PORT) and take part
// in every node that has `ranks`, one at a time; all else is rank 0's work. LibTorch's store holds the place, in a
// helper process on rank 0's side, since control does not know LibTorch. A rank that fails ends, and torchrun or
// srun (--kill-on-bad-exit) ends the others; started again, the run goes on.
#pragma once

#include <bgraph/sdk/contract/unit.h>
#include <sys/types.h>

#include <filesystem>

namespace bgraph::run {

class RankMeeting {
 public:
  /// On rank 0. `place` as rank_place() gives it.
  RankMeeting(const std::filesystem::path& worker, RankPlace place);
  ~RankMeeting();  // sends the others home
  RankMeeting(const RankMeeting&) = delete;
  RankMeeting& operator=(const RankMeeting&) = delete;

  /// Tells the others to take part in this unit. Returns rank 0's place in it.
  RankPlace call(const Unit& unit);

 private:
  RankPlace place_;
  pid_t helper_ = -1;
  int orders_ = -1;  // socket to the helper: a unit per line
};

/// On the others: becomes a worker that takes part in what rank 0 calls for. Error if it cannot be started.
[[noreturn]] void follow(const std::filesystem::path& worker, const RankPlace& place, int64_t threads);

}  // namespace bgraph::run

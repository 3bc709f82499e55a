// The two sides of a meeting of ranks that torchrun or srun started (core/run/rank_meeting.h).
#pragma once

#include <string>

namespace bgraph::worker {

/// On rank 0's side: holds the place where the ranks meet, and passes on the units that come as lines on stdin; at its
/// end the others are sent home. `place`: RankPlace as JSON. Returns the exit code.
int meet(const std::string& place);

/// On the other ranks: takes part in every unit rank 0 calls for, until it is sent home. Returns the exit code: 1 after
/// a unit that failed here.
int follow(const std::string& place);

}  // namespace bgraph::worker

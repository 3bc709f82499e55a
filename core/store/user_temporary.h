// Where files lie that are of no use once a command is over: a folder of this user's below the system's temporary one.
//
//   const store::TemporaryFolder scratch(store::user_temporary(), "replay");
//
// The temporary folder itself will not do: the lock files of TemporaryFolder would belong to whoever came first.
#pragma once

#include <filesystem>

namespace bgraph::store {

/// $TMPDIR/bgraph-<user id>, made if it is not there; what killed commands left in it is removed. Error if it cannot be made.
std::filesystem::path user_temporary();

}  // namespace bgraph::store

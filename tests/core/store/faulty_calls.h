// System calls that fail, or kill the process, when their turn comes: the k-th call of the process to write, fsync,
// rename, mkdir, open (for writing), chmod or unlink.
#pragma once

namespace bgraph::store {

/// From here on the k-th call (1 = the next) fails with this errno; 0 = it is SIGKILL instead.
void fail_call(int k, int error);

/// Calls so far.
int calls_made();

}  // namespace bgraph::store

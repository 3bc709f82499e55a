// A worker lives no longer than the control process that started it, and neither does anything it started.
//
// Control asks the kernel for SIGTERM at its own death (PR_SET_PDEATHSIG) and makes the worker lead a process group.
// The worker answers by killing that group. Where the signal cannot come (a launcher in between, a plugin that took
// the signal for itself) the closed socket tells the same.
#pragma once

namespace bgraph::worker {

/// Kills this process and the group it leads.
[[noreturn]] void leave_with_children();

/// From here on SIGTERM does that if control sent it or is gone. Batch systems send SIGTERM or SIGUSR1 to every process
/// of a job: then control has heard it too and asks for a checkpoint, which must still be written.
void die_with_parent();

}  // namespace bgraph::worker

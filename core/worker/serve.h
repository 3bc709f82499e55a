// The worker's life: take a unit, run it, publish its outputs, report.
#pragma once

namespace bgraph::worker {

/// Serves units from this socket until control says quit or is gone.
void serve(int socket);

}  // namespace bgraph::worker

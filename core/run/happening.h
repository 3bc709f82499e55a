// What the scheduler tells whoever watches a run: the terminal, the journal, the trace.
#pragma once

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/contract/unit.h>

#include <functional>
#include <optional>

namespace bgraph::run {

struct Happening {
  enum class What {
    unit_started,    // detail: key
    unit_done,       // detail: key, seconds, opened_s, published_s (of it: reading inputs, writing outputs)
    progress,        // detail: done, total, note; of the whole node
    metric,          // detail: name, step, value
    log,             // detail: level ("info", "warning", "output"), text
    elsewhere,       // another process computes it; we wait
    node_hit,        // found in the store after something before it ran
    node_done,       // detail: seconds, outputs
    node_failed,     // detail: error, unit; of a dead worker also reason, tail
    node_blocked,    // detail: by
    node_cancelled,
    stopping,        // asked to; detail: count, requeue, text
    memory,          // detail: mib, resident memory of each lane's worker
    tick,            // nothing; time has passed
  };
  What what = What::log;
  double at_s = 0;  // since the start of the run
  size_t step = 0;
  int lane = -1;
  std::optional<Chunk> chunk;
  Json detail = Json::object();
};

using Watcher = std::function<void(const Happening&)>;

const char* to_text(Happening::What what);

}  // namespace bgraph::run

#include <bgraph/core/run/happening.h>

namespace bgraph::run {

const char* to_text(Happening::What what) {
  using What = Happening::What;
  switch (what) {
    case What::unit_started: return "unit_started";
    case What::unit_done: return "unit_done";
    case What::progress: return "progress";
    case What::metric: return "metric";
    case What::log: return "log";
    case What::elsewhere: return "elsewhere";
    case What::node_hit: return "node_hit";
    case What::node_done: return "node_done";
    case What::node_failed: return "node_failed";
    case What::node_blocked: return "node_blocked";
    case What::node_cancelled: return "node_cancelled";
    case What::stopping: return "stopping";
    case What::memory: return "memory";
    case What::tick: return "tick";
  }
  return "";
}

}  // namespace bgraph::run

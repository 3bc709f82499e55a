#include <bgraph/core/run/record.h>

#include <bgraph/core/run/interrupt.h>

#include <algorithm>

namespace bgraph::run {

std::string to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::hit: return "hit";
    case Outcome::ran: return "ran";
    case Outcome::failed: return "failed";
    case Outcome::blocked: return "blocked";
    case Outcome::cancelled: return "cancelled";
  }
  return "";
}

size_t RunRecord::count(Outcome outcome) const {
  return static_cast<size_t>(std::count_if(
      nodes.begin(), nodes.end(), [&](const NodeRecord& node) { return node.outcome == outcome; }));
}

int RunRecord::exit_code() const {
  if (requeue && count(Outcome::cancelled) > 0) return kRequeue;  // before failures: the rest still wants to run
  if (count(Outcome::failed) > 0) return 1;
  if (interrupted) return 130;
  return count(Outcome::blocked) + count(Outcome::cancelled) > 0 ? 1 : 0;
}

namespace {

Json to_json(const NodeRecord& node) {
  Json outputs = Json::object();
  for (const auto& [port, digest] : node.outputs) {
    const auto type = node.output_types.find(port);
    outputs[port] = {{"digest", digest.hex()},
                     {"type", type == node.output_types.end() ? "" : type->second}};
  }
  return {{"name", node.name},       {"node", node.node},         {"type", node.type},
          {"plugin", node.plugin},   {"build_id", node.build_id}, {"params", node.params},
          {"inputs", node.inputs},   {"key", node.key},           {"why", node.why},
          {"outcome", to_text(node.outcome)},                     {"outputs", outputs},
          {"start_s", node.start_s}, {"seconds", node.seconds},   {"peak_mib", node.peak_mib},
          {"chunks", node.chunks},   {"warnings", node.warnings}, {"error", node.error},
          {"profile", node.profile}};
}

}  // namespace

Json to_json(const RunRecord& record) {
  Json nodes = Json::array(), cells = Json::array();
  for (const auto& node : record.nodes) nodes.push_back(to_json(node));
  for (const auto& cell : record.cells) {
    Json members = Json::object();
    for (const auto& [name, index] : cell.nodes) members[name] = record.nodes[index].name;
    cells.push_back({{"name", cell.name},
                     {"title", cell.graph.settings.title},
                     {"file", cell.graph.file},
                     {"seed", cell.graph.settings.seed},
                     {"setting", cell.graph.setting},
                     {"baseline", cell.graph.is_baseline},
                     {"nodes", members}});
  }
  return {{"name", record.name},
          {"command_line", record.command_line},
          {"started_at", record.started_at},
          {"ended_at", record.ended_at},
          {"seconds", record.seconds},
          {"workers", record.workers},
          {"threads", record.threads},
          {"final", record.final_scores},
          {"looks", record.looks},
          {"interrupted", record.interrupted},
          {"versions", record.versions},
          {"store", record.store.string()},
          {"cells", cells},
          {"nodes", nodes}};
}

}  // namespace bgraph::run

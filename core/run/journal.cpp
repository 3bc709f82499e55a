#include <bgraph/core/run/journal.h>

#include <bgraph/core/run/stamp.h>
#include <bgraph/core/store/durable.h>

#include <algorithm>
#include <cerrno>

namespace bgraph::run {

Journal::Journal(std::filesystem::path folder, const plan::Plan& plan, Listener listener)
    : folder_(std::move(folder)), plan_(plan), listener_(std::move(listener)), journal_(folder_ / "journal.jsonl"),
      log_(folder_ / "log.txt") {
  if (!journal_ || !log_) store::fail_writing(folder_, errno);
  write(plan_line(plan));
}

void Journal::write(const Json& line) {
  // Flushed line by line: it is read while the run goes on, and after it was killed.
  journal_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  if (listener_) listener_(line);
}

void Journal::note(const Happening& happening) {
  using What = Happening::What;
  if (happening.what == What::tick || happening.what == What::memory) return;
  const plan::Step& step = plan_.steps[happening.step];
  Json line = happening.detail;
  line["t"] = happening.at_s;
  line["what"] = to_text(happening.what);
  if (happening.what != What::stopping) line["node"] = step.name;
  if (happening.lane >= 0) line["lane"] = happening.lane;
  if (happening.chunk) line["chunk"] = {happening.chunk->begin, happening.chunk->end};
  write(line);
  if (happening.what == What::log)
    log_ << utc_now() << ' ' << step.name << ": " << happening.detail.value("level", "") << ": "
         << happening.detail.value("text", "") << std::endl;
  if (happening.what != What::node_failed) return;
  log_ << utc_now() << ' ' << step.name << ": failed: " << happening.detail.value("error", "") << std::endl;
  if (!happening.detail.contains("unit")) return;
  std::string name = step.name;
  std::replace(name.begin(), name.end(), '/', '.');
  Json capsule = happening.detail;
  capsule["build_id"] = step.offer->build_id;
  store::write_durably(folder_ / "capsules" / (name + ".json"), capsule.dump(1));
}

Json plan_line(const plan::Plan& plan) {
  Json steps = Json::array();
  for (const auto& step : plan.steps)
    steps.push_back({{"node", step.name}, {"state", plan::to_text(step.state)}, {"why", step.why}});
  return {{"t", 0}, {"at", utc_now()}, {"what", "plan"}, {"steps", steps}};
}

Json end_line(const RunRecord& record) {
  Json nodes = Json::object();
  for (const auto outcome : {Outcome::hit, Outcome::ran, Outcome::failed, Outcome::blocked, Outcome::cancelled})
    nodes[to_text(outcome)] = record.count(outcome);
  return {{"t", record.seconds},           {"what", "end"},  {"code", record.exit_code()}, {"seconds", record.seconds},
          {"folder", record.folder.string()}, {"nodes", nodes}};
}

}  // namespace bgraph::run

#include <bgraph/core/run/journal.h>

#include <bgraph/core/run/stamp.h>
#include <bgraph/core/store/durable.h>

#include <cerrno>

namespace bgraph::run {

Journal::Journal(std::filesystem::path folder, const plan::Plan& plan)
    : folder_(std::move(folder)), plan_(plan), journal_(folder_ / "journal.jsonl"), log_(folder_ / "log.txt") {
  if (!journal_ || !log_) store::fail_writing(folder_, errno);
  Json steps = Json::array();
  for (const auto& step : plan.steps)
    steps.push_back({{"node", step.name}, {"state", plan::to_text(step.state)}, {"why", step.why}});
  journal_ << Json{{"t", 0}, {"at", utc_now()}, {"what", "plan"}, {"steps", steps}}.dump() << std::endl;
}

void Journal::note(const Happening& happening) {
  if (happening.what == Happening::What::tick) return;
  const std::string& node = plan_.steps[happening.step].name;
  Json line = happening.detail;
  line["t"] = happening.at_s;
  line["what"] = to_text(happening.what);
  line["node"] = node;
  if (happening.lane >= 0) line["lane"] = happening.lane;
  if (happening.chunk) line["chunk"] = {happening.chunk->begin, happening.chunk->end};
  // Flushed line by line: it is read while the run goes on, and after it was killed.
  journal_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  if (happening.what == Happening::What::log)
    log_ << utc_now() << ' ' << node << ": " << happening.detail.value("level", "") << ": "
         << happening.detail.value("text", "") << std::endl;
  if (happening.what == Happening::What::node_failed) {
    log_ << utc_now() << ' ' << node << ": failed: " << happening.detail.value("error", "") << std::endl;
    if (happening.detail.contains("unit")) {
      std::string name = node;
      for (char& letter : name) letter = letter == '/' ? '.' : letter;
      store::write_durably(folder_ / "capsules" / (name + ".json"), happening.detail.dump(1));
    }
  }
  trace(happening);
}

void Journal::trace(const Happening& happening) {
  if (happening.what == Happening::What::unit_started) {
    running_[happening.lane] = happening;
  } else if (happening.what == Happening::What::unit_done) {
    const Happening& start = running_[happening.lane];
    std::string name = plan_.steps[happening.step].name;
    if (start.chunk)
      name += " [" + std::to_string(start.chunk->begin) + ", " + std::to_string(start.chunk->end) + ")";
    trace_.push_back({{"name", name},
                      {"cat", plan_.steps[happening.step].offer.spec.type},
                      {"ph", "X"},
                      {"pid", 1},
                      {"tid", happening.lane + 1},
                      {"ts", start.at_s * 1e6},
                      {"dur", (happening.at_s - start.at_s) * 1e6},
                      {"args", {{"key", start.detail.value("key", "")}}}});
  }
}

void Journal::finish() {
  store::write_durably(folder_ / "trace.json", Json{{"traceEvents", trace_}}.dump());
}

}  // namespace bgraph::run

#include <bgraph/core/run/trace.h>

#include <bgraph/core/store/durable.h>

#include <algorithm>
#include <cmath>

namespace bgraph::run {

namespace {

enum Track { kWorkers = 1, kStore = 2, kPath = 3 };  // "processes" of the viewer

constexpr double kMemoryEvery_s = 1;
constexpr double kMemoryStep_mib = 1;  // smaller changes are not drawn

Json slice(const std::string& name, const std::string& category, Track track, int thread, double start_s,
           double end_s, Json arguments = Json::object()) {
  return {{"name", name},         {"cat", category},
          {"ph", "X"},            {"pid", static_cast<int>(track)},
          {"tid", thread},        {"ts", start_s * 1e6},
          {"dur", (end_s - start_s) * 1e6}, {"args", std::move(arguments)}};
}

Json track_name(Track track, const char* name) {
  return {{"name", "process_name"}, {"ph", "M"}, {"pid", static_cast<int>(track)}, {"args", {{"name", name}}}};
}

}  // namespace

void Trace::note(const Happening& happening) {
  using What = Happening::What;
  switch (happening.what) {
    case What::unit_started:
      running_[happening.lane] = happening;
      nodes_.try_emplace(happening.step, Span{.start_s = happening.at_s});
      break;
    case What::unit_done: add_unit(running_[happening.lane], happening); break;
    case What::node_done: {
      Span& span = nodes_[happening.step];
      span.end_s = happening.at_s;
      span.ended = true;
      break;
    }
    case What::memory: add_memory(happening); break;
    default: break;
  }
}

void Trace::add_unit(const Happening& start, const Happening& end) {
  const plan::Step& step = plan_.steps[end.step];
  std::string name = step.name;
  if (start.chunk)
    name += " [" + std::to_string(start.chunk->begin) + ", " + std::to_string(start.chunk->end) + ")";
  const int thread = end.lane + 1;
  events_.push_back(slice(name, step.offer->spec.type, kWorkers, thread, start.at_s, end.at_s,
                          {{"key", start.detail.value("key", "")}}));
  const double opened_s = end.detail.value("opened_s", 0.0), published_s = end.detail.value("published_s", 0.0);
  if (opened_s > 0)
    events_.push_back(slice("open inputs", "store", kStore, thread, start.at_s, start.at_s + opened_s));
  if (published_s > 0)
    events_.push_back(slice("publish " + name, "store", kStore, thread, end.at_s - published_s, end.at_s));
}

void Trace::add_memory(const Happening& happening) {
  if (memory_at_s_ >= 0 && happening.at_s - memory_at_s_ < kMemoryEvery_s) return;
  memory_at_s_ = happening.at_s;
  const auto held = happening.detail.at("mib").get<std::vector<double>>();
  memory_mib_.resize(held.size(), -kMemoryStep_mib);
  for (size_t lane = 0; lane < held.size(); ++lane) {
    if (std::abs(held[lane] - memory_mib_[lane]) < kMemoryStep_mib) continue;
    memory_mib_[lane] = held[lane];
    events_.push_back({{"name", "memory of worker " + std::to_string(lane + 1)}, {"ph", "C"}, {"pid", kWorkers},
                       {"ts", happening.at_s * 1e6}, {"args", {{"MiB", held[lane]}}}});
  }
}

/// From the node that ended last, backwards through what it waited for longest.
Json Trace::critical_path() const {
  const auto last_of = [&](const auto& candidates) {
    const Span* last = nullptr;
    size_t index = 0;
    for (const size_t step : candidates) {
      const auto span = nodes_.find(step);
      if (span == nodes_.end() || !span->second.ended || (last != nullptr && span->second.end_s <= last->end_s)) continue;
      last = &span->second;
      index = step;
    }
    return std::pair(last, index);
  };
  Json path = Json::array();
  std::vector<size_t> candidates;
  for (const auto& [step, span] : nodes_) candidates.push_back(step);
  for (auto [span, step] = last_of(candidates); span != nullptr; std::tie(span, step) = last_of(plan_.needs(step)))
    path.push_back(slice(plan_.steps[step].name, "critical path", kPath, 1, span->start_s, span->end_s));
  return path;
}

void Trace::write(const std::filesystem::path& file) const {
  Json all = {track_name(kWorkers, "workers"), track_name(kStore, "store"), track_name(kPath, "critical path")};
  all.insert(all.end(), events_.begin(), events_.end());
  const Json path = critical_path();
  all.insert(all.end(), path.begin(), path.end());
  store::write_durably(file, Json{{"traceEvents", all}, {"displayTimeUnit", "ms"}}.dump());
}

}  // namespace bgraph::run

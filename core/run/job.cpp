#include <bgraph/core/run/job.h>

#include <bgraph/core/run/interrupt.h>
#include <bgraph/core/run/pool.h>
#include <bgraph/core/run/rank_place.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

constexpr int kTick_ms = 500;
constexpr std::chrono::seconds kBetweenProgress{2};  // what is written to a shared disk is read over a network

Json to_json(const Needs& needs) {
  return {{"timeout_s", needs.timeout_s}, {"memory_mib", needs.memory_mib}, {"threads", needs.threads},
          {"ranks", needs.ranks},         {"gpus", needs.gpus}};
}

Needs needs_from_json(const Json& json) {
  return {json.at("timeout_s"), json.at("memory_mib"), json.at("threads"), json.at("ranks"), json.at("gpus")};
}

Json line_of(const Event& event) {
  if (event.what == Event::What::died)
    return {{"what", "died"}, {"reason", event.reason}, {"tail", event.tail}, {"was_ready", event.was_ready},
            {"out_of_memory", event.out_of_memory}};
  if (event.what == Event::What::failed && event.frame.value("cancelled", false)) return {{"what", "stopped"}};
  return event.frame;
}

bool is_answer(const std::string& what) {
  return what == "done" || what == "failed" || what == "died" || what == "stopped";
}

/// How strongly this process was asked to stop, now or soon: a batch system signals every process of a job, ours perhaps last.
int asked_within(const Interrupt& interrupt, int milliseconds) {
  pollfd entry{interrupt.descriptor(), POLLIN, 0};
  ::poll(&entry, 1, milliseconds);
  return interrupt.count();
}

bool is_answered(const fs::path& folder) {
  const auto lines = JobEvents(folder).next();
  return std::any_of(lines.begin(), lines.end(), [](const Json& line) {
    const std::string what = line.at("what");
    return is_answer(what) && what != "stopped";  // it may have begun again
  });
}

/// The lock of a job's folder, or nothing if there is no more to do: it was answered meanwhile, or asked to stop.
std::optional<store::FileLock> take(const fs::path& folder, const Interrupt& interrupt) {
  while (interrupt.count() == 0 && fs::exists(folder / "request.json") && !is_answered(folder)) {
    if (auto lock = store::FileLock::attempt(folder / "lock")) return is_answered(folder) ? std::nullopt : std::move(lock);
    asked_within(interrupt, kTick_ms);
  }
  return std::nullopt;
}

}  // namespace

fs::path job_folder(const store::Store& store, const std::string& key) { return store.root() / "jobs" / key; }

void request_job(const fs::path& folder, const Unit& unit, const Needs& needs, const fs::path& worker) {
  store::make_folder(folder);
  store::write_durably(folder / "request.json",
                       Json{{"unit", bgraph::to_json(unit)}, {"needs", to_json(needs)}, {"worker", worker}}.dump(1));
}

int run_job(const fs::path& folder) {
  const Json request = Json::parse(store::read_text(folder / "request.json"));
  Unit unit = unit_from_json(request.at("unit"));
  const Needs needs = needs_from_json(request.at("needs"));
  unit.place = rank_place([](const char* name) { return std::getenv(name); });
  const bool answers = unit.place.rank == 0;
  const Interrupt interrupt;
  std::optional<store::FileLock> lock;
  if (answers && !(lock = take(folder, interrupt))) return 0;
  const store::Store store(unit.store);
  std::vector<Digest> inputs;
  for (const auto& [port, digests] : unit.inputs) inputs.insert(inputs.end(), digests.begin(), digests.end());
  store.hold(inputs);
  const auto say = [&](const Json& line) {
    store::append_line(folder / "events.jsonl", line.dump(-1, ' ', false, Json::error_handler_t::replace));
  };

  Pool pool({request.at("worker").get<std::string>(), needs.threads}, 1);
  pool.assign(unit, needs);
  Clock::time_point progress_told{};
  for (int asked = 0;;) {
    const auto events = pool.wait(kTick_ms, interrupt.descriptor());
    if (const int times = interrupt.count(); times > asked) pool.interrupt(asked = times, false);
    for (const auto& event : events) {
      if (event.what == Event::What::progress) {
        if (Clock::now() - progress_told < kBetweenProgress) continue;
        progress_told = Clock::now();
      }
      Json line = line_of(event);
      if (asked == 0 && line.at("what") == "died") asked = asked_within(interrupt, kTick_ms);
      if (asked > 0 && line.at("what") == "died") line = {{"what", "stopped"}};  // whatever way it took
      const std::string what = line.at("what");
      if (answers) say(line);
      if (!is_answer(what)) continue;
      if (!answers && (what == "failed" || what == "died"))
        say({{"what", "log"}, {"level", "output"},
             {"text", "rank " + std::to_string(unit.place.rank) + ": " +
                          line.value("message", line.value("reason", std::string()))}});
      pool.finish();
      return what == "done" ? 0 : what == "stopped" ? kRequeue : 1;
    }
  }
}

std::vector<Json> JobEvents::next() {
  std::vector<Json> lines;
  std::ifstream in(file_);
  in.seekg(read_);
  for (std::string line; std::getline(in, line) && !in.eof();) {  // a line without its end is still being written
    read_ += static_cast<std::streamoff>(line.size()) + 1;
    if (Json json = Json::parse(line, nullptr, false); json.is_object() && json.contains("what")) lines.push_back(std::move(json));
  }
  return lines;
}

Event event_of(const Json& line, int lane) {
  if (line.at("what") != "died") return {.what = meaning_of(line), .lane = lane, .frame = line};
  return {.what = Event::What::died,
          .lane = lane,
          .reason = line.value("reason", std::string()),
          .tail = line.value("tail", std::vector<std::string>()),
          .was_ready = line.value("was_ready", true),
          .out_of_memory = line.value("out_of_memory", false)};
}

}  // namespace bgraph::run

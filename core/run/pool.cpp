#include <bgraph/core/run/pool.h>

#include <bgraph/sdk/contract/error.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <map>

namespace bgraph::run {

namespace {

constexpr size_t kTailLines = 12;
constexpr int kMemoryTick_ms = 50;

bool readable(int descriptor) {
  pollfd entry{descriptor, POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

Event::What meaning_of(const Json& frame) {
  static const std::map<std::string, Event::What> meanings = {
      {"ready", Event::What::ready}, {"progress", Event::What::progress},
      {"log", Event::What::log},     {"metric", Event::What::metric},
      {"done", Event::What::done},   {"failed", Event::What::failed}};
  const std::string what = frame.is_object() ? frame.value("what", std::string()) : "";
  const auto meaning = meanings.find(what);
  if (meaning == meanings.end()) throw Error("a worker frame of unknown kind '" + what + "'");
  return meaning->second;
}

}  // namespace

Pool::Pool(WorkerSettings settings, int lanes)
    : settings_(std::move(settings)), lanes_(static_cast<size_t>(std::max(1, lanes))) {}

Pool::~Pool() = default;

bool Pool::has_free() const {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return !lane.busy; });
}

int Pool::busy() const {
  return static_cast<int>(
      std::count_if(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.busy; }));
}

int Pool::assign(const Unit& unit, const Limits& limits) {
  // A running worker before a new one: its libraries and values are warm.
  auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                           [](const Lane& lane) { return !lane.busy && lane.process; });
  if (lane == lanes_.end())
    lane = std::find_if(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return !lane.busy; });
  if (!lane->process) {
    *lane = Lane{};
    lane->process = std::make_unique<WorkerProcess>(settings_);
    ++started_;
  }
  lane->busy = true;
  lane->tail.clear();
  lane->limits = limits;
  lane->deadline = limits.timeout_s > 0 ? Clock::now() + std::chrono::seconds(limits.timeout_s)
                                        : Clock::time_point::max();
  lane->process->send({{"what", "run"}, {"unit", to_json(unit)}});  // if it is gone, `wait` says so
  return static_cast<int>(lane - lanes_.begin());
}

std::vector<Event> Pool::wait(int milliseconds, int wake) {
  std::vector<pollfd> watched;
  if (wake >= 0) watched.push_back({wake, POLLIN, 0});
  const auto now = Clock::now();
  for (const auto& lane : lanes_) {
    if (!lane.process) continue;
    watched.push_back({lane.process->socket(), POLLIN, 0});
    watched.push_back({lane.process->output(), POLLIN, 0});
    if (lane.busy && lane.limits.memory_mib > 0) milliseconds = std::min(milliseconds, kMemoryTick_ms);
    if (lane.deadline == Clock::time_point::max()) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(lane.deadline - now).count();
    milliseconds = static_cast<int>(std::clamp<int64_t>(left, 0, milliseconds));
  }
  ::poll(watched.data(), watched.size(), milliseconds);

  std::vector<Event> events;
  for (int index = 0; index < static_cast<int>(lanes_.size()); ++index) {
    Lane& lane = lanes_[static_cast<size_t>(index)];
    if (!lane.process) continue;
    read_output(index, events);
    try {
      if (!read_frames(index, events)) {
        lane.process->ended(2);  // it closed the socket on its way out: its status says why
        bury(index, "", events);
      } else if (lane.process->ended()) {
        bury(index, "", events);
      } else if (const std::string reason = excess(lane); !reason.empty()) {
        bury(index, reason, events);
      }
    } catch (const std::exception& error) {  // nonsense on the socket, JSON of a wrong shape included
      bury(index, error.what(), events);
    }
  }
  return events;
}

std::string Pool::excess(const Lane& lane) const {
  if (!lane.busy) return "";
  if (Clock::now() >= lane.deadline)
    return "no answer within its timeout_s = " + std::to_string(lane.limits.timeout_s);
  if (lane.limits.memory_mib == 0) return "";
  const auto held = static_cast<int64_t>(lane.process->memory_mib());
  if (held <= lane.limits.memory_mib) return "";
  return "it held " + std::to_string(held) + " MiB, more than its memory_mib = " +
         std::to_string(lane.limits.memory_mib);
}

std::vector<double> Pool::memory_mib() const {
  std::vector<double> held;
  for (const auto& lane : lanes_) held.push_back(lane.process ? lane.process->memory_mib() : 0);
  return held;
}

void Pool::remember(Lane& lane, const std::string& line) {
  lane.tail.push_back(line);
  if (lane.tail.size() > kTailLines) lane.tail.pop_front();
}

void Pool::read_output(int index, std::vector<Event>& events) {
  Lane& lane = lanes_[static_cast<size_t>(index)];
  char block[4096];
  for (ssize_t count; (count = ::read(lane.process->output(), block, sizeof block)) > 0;)
    lane.line.append(block, static_cast<size_t>(count));
  for (size_t end; (end = lane.line.find('\n')) != std::string::npos; lane.line.erase(0, end + 1)) {
    const std::string line = lane.line.substr(0, end);
    remember(lane, line);
    events.push_back({.what = Event::What::log,
                      .lane = index,
                      .frame = {{"what", "log"}, {"level", "output"}, {"text", line}}});
  }
}

bool Pool::read_frames(int index, std::vector<Event>& events) {
  Lane& lane = lanes_[static_cast<size_t>(index)];
  bool open = true;
  while (open && readable(lane.process->socket())) open = lane.frames.fill(lane.process->socket());
  while (auto frame = lane.frames.next()) {
    const Event::What what = meaning_of(*frame);
    if (what == Event::What::ready) lane.ready = true;
    if (what == Event::What::log) remember(lane, frame->value("text", std::string()));
    if (what == Event::What::done || what == Event::What::failed) {
      lane.busy = false;
      lane.deadline = Clock::time_point::max();
    }
    events.push_back({.what = what, .lane = index, .frame = std::move(*frame)});
  }
  return open;
}

/// Ends the worker of a lane and, if it had work, says how it came to its end.
void Pool::bury(int index, std::string reason, std::vector<Event>& events) {
  Lane& lane = lanes_[static_cast<size_t>(index)];
  const auto status = lane.process->ended();
  if (reason.empty()) reason = status ? describe_end(*status) : "it closed its socket";
  if (!status) {
    lane.process->signal(SIGKILL);
    lane.process->ended(10);
  }
  read_output(index, events);
  if (!lane.line.empty()) remember(lane, lane.line);
  if (lane.busy)
    events.push_back({.what = Event::What::died,
                      .lane = index,
                      .reason = std::move(reason),
                      .tail = {lane.tail.begin(), lane.tail.end()},
                      .was_ready = lane.ready});
  lane = Lane{};
}

void Pool::ask_to_stop() {
  for (auto& lane : lanes_)
    if (lane.process && lane.busy) lane.process->send({{"what", "stop"}});
}

void Pool::signal(int number) {
  for (auto& lane : lanes_)
    if (lane.process) lane.process->signal(number);
}

void Pool::finish() {
  for (auto& lane : lanes_)
    if (lane.process) lane.process->send({{"what", "quit"}});
  for (auto& lane : lanes_) {
    if (lane.process) lane.process->ended(2);
    lane = Lane{};
  }
}

}  // namespace bgraph::run

#include <bgraph/core/run/lane.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace bgraph::run {

namespace {

constexpr size_t kTailLines = 12;
constexpr int kMemoryTick_ms = 50;

}  // namespace

void Lane::start(const WorkerSettings& settings) { worker_ = std::make_unique<WorkerProcess>(settings); }

void Lane::give(const Unit& unit, const Needs& needs) {
  busy_ = true;
  tail_.clear();
  needs_ = needs;
  deadline_ = needs.timeout_s > 0 ? Clock::now() + std::chrono::seconds(needs.timeout_s) : Clock::time_point::max();
  worker_->give(unit);
}

int Lane::patience(int milliseconds, Clock::time_point now) const {
  if (busy_ && needs_.memory_mib > 0) milliseconds = std::min(milliseconds, kMemoryTick_ms);
  if (deadline_ == Clock::time_point::max()) return milliseconds;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - now).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, milliseconds));
}

std::vector<Event> Lane::hear(int number, bool spoke, bool wrote) {
  std::vector<Event> events;
  if (wrote) read_output(number, events);
  try {
    if (spoke && !read_frames(number, events)) {
      worker_->ended(2);  // it closed the socket on its way out: its status says why
      bury(number, "", events);
    } else if (!spoke && worker_->ended()) {  // a child of its own may hold the socket open
      read_frames(number, events);
      bury(number, "", events);
    } else if (const std::string reason = excess(); !reason.empty()) {
      bury(number, reason, events);
    }
  } catch (const std::exception& error) {  // nonsense on the socket, JSON of a wrong shape included
    bury(number, error.what(), events);
  }
  return events;
}

std::string Lane::excess() const {
  if (!busy_) return "";
  if (Clock::now() >= deadline_) return "no answer within its timeout_s = " + std::to_string(needs_.timeout_s);
  if (needs_.memory_mib == 0) return "";
  const auto held = static_cast<int64_t>(worker_->memory_mib());
  if (held <= needs_.memory_mib) return "";
  return "it held " + std::to_string(held) + " MiB, more than its memory_mib = " + std::to_string(needs_.memory_mib);
}

void Lane::remember(const std::string& line) {
  tail_.push_back(line);
  if (tail_.size() > kTailLines) tail_.pop_front();
}

void Lane::read_output(int number, std::vector<Event>& events) {
  char block[4096];
  for (ssize_t count; (count = ::read(worker_->output(), block, sizeof block)) > 0;)
    line_.append(block, static_cast<size_t>(count));
  for (size_t end; (end = line_.find('\n')) != std::string::npos; line_.erase(0, end + 1)) {
    const std::string line = line_.substr(0, end);
    remember(line);
    events.push_back({.what = Event::What::log,
                      .lane = number,
                      .frame = {{"what", "log"}, {"level", "output"}, {"text", line}}});
  }
}

bool Lane::read_frames(int number, std::vector<Event>& events) {
  const bool open = frames_.take(worker_->socket());
  while (auto frame = frames_.next()) {
    const Event::What what = meaning_of(*frame);
    if (what == Event::What::ready) ready_ = true;
    if (what == Event::What::log) remember(frame->value("text", std::string()));
    if (what == Event::What::done || what == Event::What::failed) {
      busy_ = false;
      deadline_ = Clock::time_point::max();
    }
    events.push_back({.what = what, .lane = number, .frame = std::move(*frame)});
  }
  return open;
}

/// Ends the worker and, if it had work, says how it came to its end.
void Lane::bury(int number, std::string reason, std::vector<Event>& events) {
  const auto status = worker_->ended();
  if (reason.empty()) reason = status ? worker_->end_text() : "it closed its socket";
  const bool out_of_memory = worker_->ran_out_of_memory();
  if (!status) {
    worker_->signal(SIGKILL);
    worker_->ended(10);
  }
  read_output(number, events);
  if (!line_.empty()) remember(line_);
  if (busy_)
    events.push_back({.what = Event::What::died,
                      .lane = number,
                      .reason = std::move(reason),
                      .tail = {tail_.begin(), tail_.end()},
                      .was_ready = ready_,
                      .out_of_memory = out_of_memory});
  *this = Lane{};
}

}  // namespace bgraph::run

#include <bgraph/core/run/slurm.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenLooks = 1s;       // at the files of the jobs
constexpr auto kGrace = 5s;              // for a last line to arrive over the network
constexpr double kLongest_s = 60;        // between two questions to the controller
constexpr size_t kLargestArray = 1000;   // Slurm's default limit is 1001
constexpr size_t kTailLines = 12;

std::chrono::duration<double> first_interval() {
  // BGRAPH_SLURM_SECONDS: seconds before the controller is asked about jobs again, at first; 5. They grow to 60.
  const char* chosen = std::getenv("BGRAPH_SLURM_SECONDS");
  return std::chrono::duration<double>(chosen == nullptr ? 5 : std::atof(chosen));
}

std::vector<std::string> last_lines(const fs::path& file) {
  std::vector<std::string> lines;
  std::error_code missing;
  if (!fs::exists(file, missing)) return lines;
  std::istringstream text(store::read_text(file));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  if (lines.size() > kTailLines) lines.erase(lines.begin(), lines.end() - kTailLines);
  return lines;
}

}  // namespace

SlurmLauncher::SlurmLauncher(SlurmSettings settings, const store::Store& store, int jobs)
    : settings_(std::move(settings)), store_(store), jobs_(jobs), first_interval_(first_interval()),
      interval_(first_interval_) {}

int SlurmLauncher::busy() const {
  return static_cast<int>(std::count_if(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.busy; }));
}

int SlurmLauncher::assign(const Unit& unit, const Needs& needs) {
  auto lane = std::find_if(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return !lane.busy; });
  if (lane == lanes_.end()) lane = lanes_.insert(lane, Lane{});
  const fs::path folder = fs::absolute(job_folder(store_, unit.key));
  *lane = {.busy = true, .folder = folder, .unit = unit, .needs = needs, .events = JobEvents(folder)};
  for (std::string* path : {&lane->unit.store, &lane->unit.checkpoints, &lane->unit.plugin})
    *path = fs::absolute(*path).string();
  if (fs::exists(folder / "job")) {  // an earlier run has sent it
    bool useful = true;              // a failure of then is tried again now
    for (const auto& line : JobEvents(folder).next()) {
      const std::string what = line.at("what");
      if (what == "ready" || what == "done") useful = true;
      if (what == "failed" || what == "died" || what == "stopped") useful = false;
    }
    if (useful) {
      lane->job = store::read_text(folder / "job");
      lane->found = true;
    }
  }
  return static_cast<int>(lane - lanes_.begin());
}

void SlurmLauncher::send_all(std::vector<Event>& events) {
  std::vector<int> waiting;
  for (size_t i = 0; i < lanes_.size(); ++i)
    if (lanes_[i].busy && lanes_[i].job.empty()) waiting.push_back(static_cast<int>(i));
  while (!waiting.empty()) {  // those that need what the first one needs
    const Needs needs = lanes_[static_cast<size_t>(waiting.front())].needs;
    std::vector<int> alike, others;
    for (const int lane : waiting)
      (lanes_[static_cast<size_t>(lane)].needs == needs && alike.size() < kLargestArray ? alike : others).push_back(lane);
    try {
      send(alike);
    } catch (const Error& error) {
      for (const int lane : alike) {
        events.push_back({.what = Event::What::failed, .lane = lane,
                          .frame = {{"what", "failed"}, {"message", error.what()}, {"fix", error.fix()}}});
        free(lane);
      }
    }
    waiting = std::move(others);
  }
}

void SlurmLauncher::send(const std::vector<int>& alike) {
  std::vector<fs::path> folders;
  for (const int index : alike) {
    Lane& lane = lanes_[static_cast<size_t>(index)];
    fs::remove_all(lane.folder);
    request_job(lane.folder, lane.unit, lane.needs, settings_.worker);
    lane.events = JobEvents(lane.folder);
    lane.found = lane.stopped = false;
    lane.over_since = {};
    folders.push_back(lane.folder);
  }
  const Lane& first = lanes_[static_cast<size_t>(alike.front())];
  const fs::path script = first.folder / "batch.sh", logs = fs::absolute(store_.root() / "jobs" / "logs");
  store::make_folder(logs);
  store::write_whole(script, batch_script(settings_.name, folders, first.needs, settings_.program, logs));
  const std::string number = submit(script, alike.size());
  for (size_t element = 0; element < alike.size(); ++element) {
    Lane& lane = lanes_[static_cast<size_t>(alike[element])];
    lane.job = number + "_" + std::to_string(element);
    store::write_durably(lane.folder / "job", lane.job);
    ++sent_;
  }
  interval_ = first_interval_;
}

std::vector<Event> SlurmLauncher::wait(int milliseconds, int wake) {
  tidy();
  std::vector<Event> events;
  send_all(events);
  if (!events.empty()) return events;
  pollfd entry{wake, POLLIN, 0};
  ::poll(&entry, wake >= 0 ? 1 : 0, milliseconds);
  if (Clock::now() - looked_ < kBetweenLooks) return events;
  looked_ = Clock::now();
  for (size_t lane = 0; lane < lanes_.size(); ++lane)
    if (lanes_[lane].busy && !lanes_[lane].job.empty()) read(static_cast<int>(lane), events);
  if (busy() > 0 && Clock::now() - asked_ >= interval_) ask(events);
  return events;
}

void SlurmLauncher::read(int index, std::vector<Event>& events) {
  Lane& lane = lanes_[static_cast<size_t>(index)];
  for (const auto& line : lane.events.next()) {
    if (line.at("what") == "ready") lane.stopped = false;  // it has begun again
    if (line.at("what") == "stopped") {
      lane.stopped = true;
      if (!cancelled_) continue;  // Slurm says whether it begins again
      events.push_back({.what = Event::What::failed, .lane = index, .frame = {{"what", "failed"}, {"cancelled", true}}});
    } else {
      events.push_back(event_of(line, index));
      if (events.back().out_of_memory) events.back().reason += ": " + beyond_memory(lane.needs);
    }
    const auto what = events.back().what;
    if (what == Event::What::done || what == Event::What::failed || what == Event::What::died) return free(index);
  }
}

void SlurmLauncher::ask(std::vector<Event>& events) {
  const auto jobs = all_jobs();
  asked_ = Clock::now();
  interval_ = std::min(interval_ * 1.5, std::chrono::duration<double>(kLongest_s));
  if (!jobs) return;  // the controller is away; the jobs are not
  for (size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    if (!lane.busy || lane.job.empty()) continue;
    const auto known = jobs->find(lane.job);
    const JobState state = known == jobs->end() ? JobState{} : known->second;
    if (state.state != lane.state) {
      lane.state = state.state;
      interval_ = first_interval_;
      if (!state.state.empty())
        events.push_back({.what = Event::What::log, .lane = static_cast<int>(i),
                          .frame = {{"what", "log"}, {"level", "output"},
                                    {"text", "Slurm job " + lane.job + ": " + state.state +
                                                 (state.waits() ? " (" + state.reason + ")" : "")}}});
    }
    if (!state.over()) {
      lane.over_since = {};
    } else if (lane.over_since == Clock::time_point{}) {
      lane.over_since = Clock::now();
      interval_ = std::min<std::chrono::duration<double>>(interval_, kGrace);
    } else if (cancelled_ || Clock::now() - lane.over_since >= kGrace) {
      ended(static_cast<int>(i), state, events);
    }
  }
}

/// A job that is over without having said so.
void SlurmLauncher::ended(int index, const JobState& state, std::vector<Event>& events) {
  Lane& lane = lanes_[static_cast<size_t>(index)];
  if (lane.found && !cancelled_) {  // it ended while nobody looked: once more
    lane.job.clear();
    return;
  }
  const auto log = last_lines(store_.root() / "jobs" / "logs" / (lane.job + ".log"));
  if (cancelled_)
    events.push_back({.what = Event::What::failed, .lane = index, .frame = {{"what", "failed"}, {"cancelled", true}}});
  else
    events.push_back({.what = Event::What::died,
                      .lane = index,
                      .reason = end_of_job(lane.job, state, lane.needs, log),
                      .tail = log});
  free(index);
}

void SlurmLauncher::free(int index) {
  const Lane& lane = lanes_[static_cast<size_t>(index)];
  answered_.push_back(lane.folder);
  if (!lane.job.empty()) answered_.push_back(store_.root() / "jobs" / "logs" / (lane.job + ".log"));
  lanes_[static_cast<size_t>(index)] = Lane{};
}

void SlurmLauncher::tidy() {
  std::error_code ignored;
  for (const auto& path : answered_) fs::remove_all(path, ignored);
  answered_.clear();
}

std::string SlurmLauncher::interrupt(int times, bool leave) {
  if (leave || times >= 3) {
    for (auto& lane : lanes_) lane = Lane{};
    return "leaving; jobs go on, and the same command finds them";
  }
  if (times == 1) return "nothing more is sent (Ctrl-C again to cancel the jobs; they go on if you close the terminal)";
  cancel_all();
  return "cancelling the jobs; they write a checkpoint (Ctrl-C again to leave at once)";
}

void SlurmLauncher::cancel_all() {
  cancelled_ = true;
  std::vector<std::string> jobs;
  for (const auto& lane : lanes_)
    if (lane.busy && !lane.job.empty()) jobs.push_back(lane.job);
  cancel(jobs);
  interval_ = first_interval_;
}

}  // namespace bgraph::run

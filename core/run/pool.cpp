#include <bgraph/core/run/pool.h>

#include <bgraph/sdk/contract/error.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bgraph::run {

namespace {

constexpr size_t kTailLines = 12;
constexpr int kMemoryTick_ms = 50;

bool readable(int descriptor) {
  pollfd entry{descriptor, POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

/// A port nobody listens at: where the ranks of a unit meet. Nobody else is given it within moments.
int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool found = ::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(socket);
  if (!found) throw Error(std::string("no port for the ranks to meet at: ") + std::strerror(errno));
  return ntohs(address.sin_port);
}

}  // namespace

Pool::Pool(WorkerSettings settings, int lanes, RankMeeting* meeting)
    : settings_(std::move(settings)), meeting_(meeting), most_(std::max(1, lanes)), lanes_(static_cast<size_t>(most_)) {}

Pool::~Pool() = default;

bool Pool::has_room(int64_t ranks) const {
  if (meeting_ != nullptr && ranks > 1) {
    if (met_ != kNone && lanes_[static_cast<size_t>(met_)].busy) return false;  // the others do one thing at a time
    ranks = 1;
  }
  return busy() == 0 || busy() + ranks <= most_;  // a unit of more ranks than that runs alone
}

int Pool::busy() const {
  return static_cast<int>(
      std::count_if(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.busy; }));
}

int Pool::free_lane() {
  auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                           [](const Lane& lane) { return !lane.busy && lane.process; });
  if (lane == lanes_.end())
    lane = std::find_if(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return !lane.busy; });
  if (lane == lanes_.end()) lane = lanes_.insert(lane, Lane{});  // more ranks than lanes
  return static_cast<int>(lane - lanes_.begin());
}

int Pool::assign(const Unit& unit, const Needs& needs) {
  const int first = free_lane();
  if (needs.ranks <= 1 || unit.place.size > 1) {  // alone, or its place among others is decided already
    give(first, unit, needs);
    return first;
  }
  Unit own = unit;
  if (meeting_ != nullptr) {
    own.place = meeting_->call(unit);
    give(met_ = first, own, needs);
    return first;
  }
  own.place = {.size = static_cast<int>(needs.ranks), .address = "127.0.0.1", .port = free_port()};
  give(first, own, needs);
  for (int rank = 1; rank < needs.ranks; ++rank) {
    own.place.rank = own.place.local_rank = rank;
    const int other = free_lane();
    give(other, own, needs);
    lanes_[static_cast<size_t>(other)].first = first;
    lanes_[static_cast<size_t>(other)].rank = rank;
  }
  return first;
}

void Pool::give(int index, const Unit& unit, const Needs& needs) {
  Lane& lane = lanes_[static_cast<size_t>(index)];
  if (!lane.process) {
    lane = Lane{};
    lane.process = std::make_unique<WorkerProcess>(settings_);
    ++started_;
  }
  lane.busy = true;
  lane.first = -1;
  lane.rank = 0;
  lane.tail.clear();
  lane.needs = needs;
  lane.deadline = needs.timeout_s > 0 ? Clock::now() + std::chrono::seconds(needs.timeout_s)
                                      : Clock::time_point::max();
  lane.process->send({{"what", "run"}, {"unit", to_json(unit)}});  // if it is gone, `wait` says so
}

std::vector<Event> Pool::wait(int milliseconds, int wake) {
  std::vector<pollfd> watched;
  if (wake >= 0) watched.push_back({wake, POLLIN, 0});
  std::vector<size_t> places(lanes_.size());  // of a lane's two descriptors in `watched`
  const auto now = Clock::now();
  for (size_t index = 0; index < lanes_.size(); ++index) {
    const Lane& lane = lanes_[index];
    if (!lane.process) continue;
    places[index] = watched.size();
    watched.push_back({lane.process->socket(), POLLIN, 0});
    watched.push_back({lane.process->output(), POLLIN, 0});
    if (lane.busy && lane.needs.memory_mib > 0) milliseconds = std::min(milliseconds, kMemoryTick_ms);
    if (lane.deadline == Clock::time_point::max()) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(lane.deadline - now).count();
    milliseconds = static_cast<int>(std::clamp<int64_t>(left, 0, milliseconds));
  }
  ::poll(watched.data(), watched.size(), milliseconds);

  std::vector<Event> events;
  for (int index = 0; index < static_cast<int>(lanes_.size()); ++index) {
    Lane& lane = lanes_[static_cast<size_t>(index)];
    if (!lane.process) continue;
    const int first = lane.first, rank = lane.rank;
    const pollfd* of_lane = &watched[places[static_cast<size_t>(index)]];
    const bool spoke = of_lane[0].revents != 0;
    std::vector<Event> said;
    if (of_lane[1].revents != 0) read_output(index, said);
    try {
      if (spoke && !read_frames(index, said)) {
        lane.process->ended(2);  // it closed the socket on its way out: its status says why
        bury(index, "", said);
      } else if (!spoke && lane.process->ended()) {  // a child of its own may hold the socket open
        read_frames(index, said);
        bury(index, "", said);
      } else if (const std::string reason = excess(lane); !reason.empty()) {
        bury(index, reason, said);
      }
    } catch (const std::exception& error) {  // nonsense on the socket, JSON of a wrong shape included
      bury(index, error.what(), said);
    }
    for (auto& event : said) tell(std::move(event), first, rank, events);
  }
  return events;
}

std::vector<int> Pool::other_ranks(int first) const {
  std::vector<int> others;
  for (size_t index = 0; index < lanes_.size(); ++index)
    if (lanes_[index].first == first) others.push_back(static_cast<int>(index));
  return others;
}

void Pool::tell(Event event, int first, int rank, std::vector<Event>& events) {
  const bool cancelled = event.frame.value("cancelled", false);
  const bool ended = event.what == Event::What::died || (event.what == Event::What::failed && !cancelled);
  if (first == kOver) return;
  const bool stands_for_all = first == kNone;
  if (stands_for_all) first = event.lane;
  if (ended && event.what == Event::What::failed)
    if (std::string reason = dead_rank(first); !reason.empty())  // the others only say that they lost it
      event = {.what = Event::What::died, .lane = first, .reason = std::move(reason), .tail = std::move(event.tail)};
  if (!stands_for_all) {
    const std::string who = "rank " + std::to_string(rank) + ": ";
    const bool output = event.frame.value("level", std::string()) == "output";
    if (!output && !(ended && lanes_[static_cast<size_t>(first)].busy)) return;  // rank 0 says the same
    event.lane = first;
    for (const char* text : {"text", "message"})
      if (event.frame.contains(text)) event.frame[text] = who + event.frame[text].get<std::string>();
    if (event.what == Event::What::died && !event.reason.starts_with("rank ")) event.reason = who + event.reason;
  }
  if (ended) end_ranks(first);
  if (stands_for_all && (event.what == Event::What::done || cancelled))
    for (const int other : other_ranks(first)) lanes_[static_cast<size_t>(other)].first = kOver;
  events.push_back(std::move(event));
}

std::string Pool::dead_rank(int first) {
  for (const int index : other_ranks(first)) {
    const Lane& lane = lanes_[static_cast<size_t>(index)];
    if (!lane.process) continue;
    if (lane.process->ended(0.2)) return "rank " + std::to_string(lane.rank) + ": " + lane.process->end_text();
  }
  return "";
}

void Pool::end_ranks(int first) {
  const auto others = other_ranks(first);
  for (const int other : others) lanes_[static_cast<size_t>(other)] = Lane{};
  if (!others.empty() || met_ == first) lanes_[static_cast<size_t>(first)] = Lane{};  // its group of processes is broken
}

std::string Pool::excess(const Lane& lane) const {
  if (!lane.busy) return "";
  if (Clock::now() >= lane.deadline)
    return "no answer within its timeout_s = " + std::to_string(lane.needs.timeout_s);
  if (lane.needs.memory_mib == 0) return "";
  const auto held = static_cast<int64_t>(lane.process->memory_mib());
  if (held <= lane.needs.memory_mib) return "";
  return "it held " + std::to_string(held) + " MiB, more than its memory_mib = " +
         std::to_string(lane.needs.memory_mib);
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
  if (reason.empty()) reason = status ? lane.process->end_text() : "it closed its socket";
  const bool out_of_memory = lane.process->ran_out_of_memory();
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
                      .was_ready = lane.ready,
                      .out_of_memory = out_of_memory});
  lane = Lane{};
}

std::string Pool::interrupt(int times, bool) {
  if (times == 1) {
    ask_to_stop();
    return "stopping: nodes write a checkpoint (Ctrl-C again to cancel them)";
  }
  signal(times == 2 ? SIGTERM : SIGKILL);
  return times == 2 ? "cancelling (Ctrl-C again to kill)" : "killing";
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

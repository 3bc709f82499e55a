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
    : settings_(std::move(settings)), meeting_(meeting), most_(std::max(1, lanes)), seats_(static_cast<size_t>(most_)) {}

Pool::~Pool() = default;

bool Pool::has_room(int64_t ranks) const {
  if (meeting_ != nullptr && ranks > 1) {
    if (met_ != kNone && seats_[static_cast<size_t>(met_)].lane.busy()) return false;  // the others do one thing at a time
    ranks = 1;
  }
  return busy() == 0 || busy() + ranks <= most_;  // a unit of more ranks than that runs alone
}

int Pool::busy() const {
  return static_cast<int>(std::count_if(seats_.begin(), seats_.end(), [](const Seat& seat) { return seat.lane.busy(); }));
}

int Pool::free_lane() {
  auto found = std::find_if(seats_.begin(), seats_.end(),
                            [](const Seat& seat) { return !seat.lane.busy() && seat.lane.worker() != nullptr; });
  if (found == seats_.end())
    found = std::find_if(seats_.begin(), seats_.end(), [](const Seat& seat) { return !seat.lane.busy(); });
  if (found == seats_.end()) found = seats_.insert(found, Seat{});  // more ranks than lanes
  return static_cast<int>(found - seats_.begin());
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
    seat(other).first = first;
    seat(other).rank = rank;
  }
  return first;
}

void Pool::give(int number, const Unit& unit, const Needs& needs) {
  Seat& taken = seat(number);
  taken.first = kNone;
  taken.rank = 0;
  if (taken.lane.worker() == nullptr) {
    taken.lane.start(settings_);
    ++started_;
  }
  taken.lane.give(unit, needs);
}

std::vector<Event> Pool::wait(int milliseconds, int wake) {
  std::vector<pollfd> watched = {{wake, POLLIN, 0}};  // poll() looks at no negative ones
  const auto now = Clock::now();
  for (const auto& [lane, first, rank] : seats_) {
    const WorkerProcess* worker = lane.worker();
    watched.push_back({worker != nullptr ? worker->socket() : -1, POLLIN, 0});
    watched.push_back({worker != nullptr ? worker->output() : -1, POLLIN, 0});
    milliseconds = lane.patience(milliseconds, now);
  }
  ::poll(watched.data(), watched.size(), milliseconds);

  std::vector<Event> events;
  for (int number = 0; number < static_cast<int>(seats_.size()); ++number) {
    Lane& lane = seat(number).lane;
    if (lane.worker() == nullptr) continue;
    const int first = seat(number).first, rank = seat(number).rank;  // before an event of it empties the seat
    const pollfd* of_lane = &watched[1 + 2 * static_cast<size_t>(number)];
    for (auto& event : lane.hear(number, of_lane[0].revents != 0, of_lane[1].revents != 0))
      tell(std::move(event), first, rank, events);
  }
  return events;
}

std::vector<int> Pool::other_ranks(int first) const {
  std::vector<int> others;
  for (size_t number = 0; number < seats_.size(); ++number)
    if (seats_[number].first == first) others.push_back(static_cast<int>(number));
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
    if (!output && !(ended && seat(first).lane.busy())) return;  // rank 0 says the same
    event.lane = first;
    for (const char* text : {"text", "message"})
      if (event.frame.contains(text)) event.frame[text] = who + event.frame[text].get<std::string>();
    if (event.what == Event::What::died && !event.reason.starts_with("rank ")) event.reason = who + event.reason;
  }
  if (ended) end_ranks(first);
  if (stands_for_all && (event.what == Event::What::done || cancelled))
    for (const int other : other_ranks(first)) seat(other).first = kOver;
  events.push_back(std::move(event));
}

std::string Pool::dead_rank(int first) {
  for (const int number : other_ranks(first)) {
    const auto& [lane, stands_for, rank] = seat(number);
    if (lane.worker() == nullptr) continue;
    if (lane.worker()->ended(0.2)) return "rank " + std::to_string(rank) + ": " + lane.worker()->end_text();
  }
  return "";
}

void Pool::end_ranks(int first) {
  const auto others = other_ranks(first);
  for (const int other : others) seat(other) = Seat{};
  lost_ |= met_ == first;
  if (!others.empty() || met_ == first) seat(first) = Seat{};  // its group of processes is broken
}

std::vector<double> Pool::memory_mib() const {
  std::vector<double> held;
  for (const auto& [lane, first, rank] : seats_) held.push_back(lane.worker() != nullptr ? lane.worker()->memory_mib() : 0);
  return held;
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
  for (auto& [lane, first, rank] : seats_)
    if (lane.busy()) lane.worker()->send({{"what", "stop"}});
}

void Pool::signal(int number) {
  for (auto& [lane, first, rank] : seats_)
    if (lane.worker() != nullptr) lane.worker()->signal(number);
}

void Pool::finish() {
  for (auto& [lane, first, rank] : seats_)
    if (lane.worker() != nullptr) lane.worker()->send({{"what", "quit"}});
  for (auto& finished : seats_) {
    if (finished.lane.worker() != nullptr) finished.lane.worker()->ended(2);
    finished = Seat{};
  }
}

}  // namespace bgraph::run

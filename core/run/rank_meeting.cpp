#include <bgraph/core/run/rank_meeting.h>

#include <bgraph/core/run/worker_environment.h>
#include <bgraph/sdk/contract/error.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace bgraph::run {

RankMeeting::RankMeeting(const std::filesystem::path& worker, RankPlace place) : place_(std::move(place)) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(std::string("no socket for the meeting of ranks: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
  const std::vector<std::string> words = {worker.string(), "--meet", to_json(place_).dump()}, environment = worker_environment(1);
  const auto arguments = words_of(words), variables = words_of(environment);
  const int failed = ::posix_spawn(&helper_, worker.c_str(), &actions, nullptr, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[0]);
  orders_ = ends[1];
  if (failed != 0) {
    ::close(orders_);
    throw Error("cannot start " + worker.string() + ": " + std::strerror(failed));
  }
  place_.hosted = true;  // by the helper, from here on
  place_.serial = -1;
}

RankMeeting::~RankMeeting() {
  ::close(orders_);  // the helper says it to the others and ends
  while (::waitpid(helper_, nullptr, 0) < 0 && errno == EINTR) continue;
}

RankPlace RankMeeting::call(const Unit& unit) {
  ++place_.serial;
  Unit theirs = unit;
  theirs.place = place_;
  const std::string line = to_json(theirs).dump() + "\n";
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t count = ::send(orders_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error("the meeting of ranks is over; what ended it stands in the log of this process");
    sent += static_cast<size_t>(count);
  }
  return place_;
}

void follow(const std::filesystem::path& worker, const RankPlace& place, int64_t threads) {
  const std::vector<std::string> words = {worker.string(), "--follow", to_json(place).dump()},
                                 environment = worker_environment(threads);
  const auto arguments = words_of(words), variables = words_of(environment);
  ::execve(worker.c_str(), arguments.data(), variables.data());
  throw Error("cannot start " + worker.string() + ": " + std::strerror(errno));
}

}  // namespace bgraph::run

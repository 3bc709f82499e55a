#include <bgraph/core/worker/link.h>

namespace bgraph::worker {

Link::Link(int socket) : socket_(socket) {
  std::thread([this] { listen(); }).detach();  // lives as long as the process, which leaves by _exit
}

void Link::send(const Json& frame) {
  const std::lock_guard lock(sending_);
  send_frame(socket_, frame);
}

void Link::listen() {
  FrameReader reader;
  bool open = true;
  while (open && reader.fill(socket_)) {
    while (const auto frame = reader.next()) {
      const std::string what = frame->value("what", "");
      const std::lock_guard lock(waiting_);
      if (what == "run") units_.push_back(unit_from_json(frame->at("unit")));
      if (what == "stop") stop_asked_ = true;
      if (what == "quit") open = false;
      came_.notify_one();
    }
  }
  const std::lock_guard lock(waiting_);
  closed_ = true;
  stop_asked_ = true;
  came_.notify_one();
}

std::optional<Unit> Link::next() {
  std::unique_lock lock(waiting_);
  came_.wait(lock, [&] { return closed_ || !units_.empty(); });
  if (units_.empty()) return std::nullopt;
  Unit unit = std::move(units_.front());
  units_.pop_front();
  stop_asked_ = closed_;
  return unit;
}

}  // namespace bgraph::worker

#include <bgraph/core/worker/link.h>

#include <bgraph/core/worker/parent.h>

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
      if (what == "run") {
        units_.push_back(unit_from_json(frame->at("unit")));
        stop_asked_ = false;  // here, in the order of the frames: a stop may come before `next` has taken the unit
      }
      if (what == "stop") stop_asked_ = true;
      if (what == "quit") open = false;
      came_.notify_one();
      if (!open) closed_ = true;
    }
  }
  if (open) leave_with_children();  // control is gone without a word
}

std::optional<Unit> Link::next() {
  std::unique_lock lock(waiting_);
  came_.wait(lock, [&] { return closed_ || !units_.empty(); });
  if (units_.empty()) return std::nullopt;
  Unit unit = std::move(units_.front());
  units_.pop_front();
  return unit;
}

}  // namespace bgraph::worker

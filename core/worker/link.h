// The worker's end of the socket: frames out from any thread, units in, and a stop that arrives while a
// node runs.
#pragma once

#include <bgraph/sdk/contract/unit.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace bgraph::worker {

class Link {
 public:
  explicit Link(int socket);

  void send(const Json& frame);
  /// The next unit; waits. Nothing once control says quit. The process ends when control is gone.
  std::optional<Unit> next();
  /// True from a stop frame until the next unit comes.
  const std::atomic<bool>& stop_asked() const { return stop_asked_; }

 private:
  void listen();

  int socket_;
  std::mutex sending_, waiting_;
  std::condition_variable came_;
  std::deque<Unit> units_;
  bool closed_ = false;
  std::atomic<bool> stop_asked_ = false;
};

}  // namespace bgraph::worker

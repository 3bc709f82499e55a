// One worker of a pool and the unit it runs: what it sends and prints becomes events, and how it ends.
//
// A worker that dies, hangs past its deadline, holds more memory than it may or talks nonsense is ended; its unit is reported
// with the reason and the last lines of its log. Memory is looked at every 50 ms while a limited unit runs; what grows faster
// than that is left to the kernel, which takes a worker before anything else (see worker_process.cpp).
#pragma once

#include <bgraph/core/run/launcher.h>
#include <bgraph/core/run/worker_process.h>
#include <bgraph/sdk/contract/unit.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace bgraph::run {

class Lane {
 public:
  /// The worker, null before the first unit and after its end.
  WorkerProcess* worker() const { return worker_.get(); }
  bool busy() const { return busy_; }

  void start(const WorkerSettings& settings);
  /// Gives its worker a unit. If it is gone, `hear` says so.
  void give(const Unit& unit, const Needs& needs);

  /// How long one may wait before the unit has to be looked at, at most `milliseconds`.
  int patience(int milliseconds, Clock::time_point now) const;
  /// What the worker sent (there is something to receive if `spoke`), printed (if `wrote`) and came to, as events of this number.
  std::vector<Event> hear(int number, bool spoke, bool wrote);

 private:
  void read_output(int number, std::vector<Event>& events);
  bool read_frames(int number, std::vector<Event>& events);  // false once the worker closed
  void remember(const std::string& line);
  /// Why a busy worker must be ended now, or "".
  std::string excess() const;
  void bury(int number, std::string reason, std::vector<Event>& events);

  std::unique_ptr<WorkerProcess> worker_;
  FrameReader frames_;
  std::string line_;              // of plain output, unfinished
  std::deque<std::string> tail_;  // last lines of output and log
  bool ready_ = false, busy_ = false;
  Clock::time_point deadline_ = Clock::time_point::max();
  Needs needs_;
};

}  // namespace bgraph::run

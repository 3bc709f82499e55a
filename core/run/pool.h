// The workers of a run: units go out, events come back.
//
// Workers are started when there is work for them and live until the end. One that dies, hangs past its
// deadline, holds more memory than it may or talks nonsense is replaced; its unit is reported with the reason and the
// last log lines. Memory is looked at every 50 ms while a limited unit runs; what grows faster than that is left to
// the kernel, which takes a worker before anything else (see worker_process.cpp).
#pragma once

#include <bgraph/core/run/worker_process.h>
#include <bgraph/sdk/contract/unit.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace bgraph::run {

using Clock = std::chrono::steady_clock;

struct Event {
  enum class What { ready, progress, metric, log, done, failed, died };
  What what = What::log;
  int lane = 0;
  Json frame = Json::object();    // what the worker sent; for its plain output {level: "output", text}
  std::string reason;             // died: "SIGSEGV (Segmentation fault)", "no answer within 30 s"
  std::vector<std::string> tail;  // died: the last lines it wrote
  bool was_ready = true;          // died: false if it never got as far as "ready"
};

/// What a unit may use before its worker is ended; 0 = as much as it likes.
struct Limits {
  int64_t timeout_s = 0;
  int64_t memory_mib = 0;
};

class Pool {
 public:
  Pool(WorkerSettings settings, int lanes);
  ~Pool();

  bool has_free() const;
  int busy() const;
  int started() const { return started_; }  // processes so far

  /// Gives a unit to a free worker, starting one if needed. Returns its lane.
  int assign(const Unit& unit, const Limits& limits);
  /// Resident memory of each lane's worker, MiB; 0 where there is none.
  std::vector<double> memory_mib() const;

  /// What happened within `milliseconds`; returns early if `wake` (a descriptor, -1 = none) gets readable.
  std::vector<Event> wait(int milliseconds, int wake = -1);

  void ask_to_stop();        // busy workers: checkpoint and answer
  void signal(int number);   // every worker
  void finish();             // ask all to leave, kill those that stay

 private:
  struct Lane {
    std::unique_ptr<WorkerProcess> process;
    FrameReader frames;
    std::string line;              // of plain output, unfinished
    std::deque<std::string> tail;  // last lines of output and log
    bool ready = false, busy = false;
    Clock::time_point deadline = Clock::time_point::max();
    Limits limits;
  };

  void read_output(int index, std::vector<Event>& events);
  bool read_frames(int index, std::vector<Event>& events);  // false once the worker closed
  void remember(Lane& lane, const std::string& line);
  /// Why a busy worker must be ended now, or "".
  std::string excess(const Lane& lane) const;
  void bury(int index, std::string reason, std::vector<Event>& events);

  WorkerSettings settings_;
  std::vector<Lane> lanes_;
  int started_ = 0;
};

}  // namespace bgraph::run

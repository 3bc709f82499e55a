// Where units run: in workers of this machine (pool.h) or as jobs of a batch system (slurm.h). The scheduler gives
// units to lanes and hears what became of them; it does not care which of the two it is.
#pragma once

#include <bgraph/sdk/contract/unit.h>

#include <chrono>
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
  bool out_of_memory = false;     // died: the kernel ended it for want of memory
};

/// Error for a frame of a kind no worker sends.
Event::What meaning_of(const Json& frame);

/// What a unit is declared to need, and is ended for exceeding; 0 = not stated.
struct Needs {
  int64_t timeout_s = 0;
  int64_t memory_mib = 0;
  int64_t threads = 1;  // of each rank
  int64_t ranks = 1;    // processes that run it together
  int64_t gpus = 0;     // of each rank

  bool operator==(const Needs&) const = default;
};

class Launcher {
 public:
  virtual ~Launcher();

  /// True if a unit of so many ranks can be given away now.
  virtual bool has_room(int64_t ranks) const = 0;
  /// True once a rank that others started (torchrun, srun) is gone: nothing that needs it will ever run.
  virtual bool lost_ranks() const { return false; }
  virtual int busy() const = 0;
  virtual int started() const = 0;  // processes or jobs so far

  /// Gives a unit away. Returns its lane.
  virtual int assign(const Unit& unit, const Needs& needs) = 0;
  /// Resident memory per lane, MiB; 0 where it is not known.
  virtual std::vector<double> memory_mib() const = 0;

  /// What happened within `milliseconds`; returns early if `wake` (a descriptor, -1 = none) gets readable.
  virtual std::vector<Event> wait(int milliseconds, int wake = -1) = 0;

  /// Units that run write a checkpoint and answer.
  virtual void ask_to_stop() = 0;
  /// Control was asked to end for the n-th time, or once by a batch system or a terminal that went away (`leave`).
  /// Returns what happens now, for people.
  virtual std::string interrupt(int times, bool leave) = 0;
  virtual void finish() = 0;
};

}  // namespace bgraph::run

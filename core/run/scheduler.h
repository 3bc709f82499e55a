// Runs a plan: what is free goes to a free worker (launcher.h), the longest remaining chain first.
//
// A step that fails takes down only what needs it, or with `fail_fast` stops the run like Ctrl-C. A key that another process computes is waited for and
// taken. Keys of steps after a miss become known here (plan::settle), so a re-run that gives the same bytes
// ends in hits further down. Steps that by prediction do not fit into `memory_mib` together do not run together; one
// alone always runs.
//
//   scheduler.cpp            what is handed out when        agenda.h   the order of it
//   scheduler_outcomes.cpp   what becomes of it
//   scheduler_telling.cpp    what those hear who watch
#pragma once

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/run/agenda.h>
#include <bgraph/core/run/happening.h>
#include <bgraph/core/run/interrupt.h>
#include <bgraph/core/run/launcher.h>
#include <bgraph/core/run/step_run.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bgraph::run {

class Scheduler {
 public:
  Scheduler(plan::Plan& plan, const registry::Catalogue& catalogue, const store::Store& store, Launcher& launcher,
            const Interrupt& interrupt, Watcher watcher, bool fail_fast = false, double memory_mib = 0);

  /// Runs everything that can be run. Returns the nodes' records, in the order of the plan.
  std::vector<NodeRecord> run();

  bool interrupted() const { return stops_seen_ > 0; }

 private:
  struct Assignment {  // what a lane is doing
    size_t step = 0;
    size_t task = 0;
    bool active = false;
  };

  void open_all();                 // those whose needs have just been completed
  void open(size_t step);          // all it needs is there: key, hit or agenda
  bool begin(size_t step);         // lock and split; false if there is nothing to hand out
  void hand_out();
  bool fits(const plan::Step& next) const;  // into memory, beside what runs
  void handle(const Event& event);
  void task_done(size_t step, size_t task, int lane, const Json& frame);
  void publish(size_t step, const Task& task, const Json& frame);
  void complete(size_t step, Outcome outcome);
  void end(size_t step, Outcome outcome);
  void fail(size_t step, std::string error, Json detail = Json::object());
  void close(size_t step, Outcome outcome);  // never to run: and all that need it
  void look_around();              // now and then: memory, and keys that other processes computed
  void react_to_interrupt();
  void give_up(const std::string& reason);
  void tell(Happening::What what, size_t step, Json detail = Json::object(), int lane = -1) const;
  void tell_progress(size_t step, const Json& frame, int lane) const;
  double now() const;

  plan::Plan& plan_;
  const registry::Catalogue& catalogue_;
  const store::Store& store_;
  Launcher& launcher_;
  const Interrupt& interrupt_;
  Watcher watcher_;
  bool fail_fast_;
  double memory_mib_;  // that what runs together may fill by prediction; 0 = no limit
  std::shared_ptr<const ComponentFiles> components_;  // of the catalogue: in every unit
  std::vector<StepRun> runs_;
  Agenda agenda_;
  size_t over_ = 0;                // steps
  std::vector<size_t> elsewhere_;
  std::vector<Assignment> lanes_;
  std::vector<size_t> to_open_;
  Json profile_ = Json::object();  // of the workers, from their first frame
  Clock::time_point start_ = Clock::now();
  std::optional<Clock::time_point> looked_around_;
  int stops_seen_ = 0;
  bool stopping_ = false;  // nothing more is handed out
  int failed_starts_ = 0;
};

}  // namespace bgraph::run

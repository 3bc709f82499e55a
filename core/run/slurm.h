// Units as jobs of Slurm (`--launcher slurm`).
//
//   sending      units that are ready together and need the same go as one array job
//   following    what jobs say and how they end stands in files of the shared store (job.h), looked at every second;
//                the controller is asked for all jobs at once, ever more rarely while nothing changes, and only to
//                learn that a job waits or was ended without a word (memory, time, a machine that failed)
//   leaving      jobs need no control: it may be killed or its terminal closed. The same command finds the jobs by
//                the keys of their units, takes what they have finished and follows the rest
//   cancelling   Ctrl-C once: nothing more is sent; twice: jobs are cancelled, write a checkpoint; thrice: control leaves
//
// Each job has its own small control process, so a unit that crashes, hangs or grows is reported as in a local run.
#pragma once

#include <bgraph/core/run/job.h>
#include <bgraph/core/run/launcher.h>
#include <bgraph/core/run/slurm_commands.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bgraph::run {

struct SlurmSettings {
  std::filesystem::path program;  // bgraph, on every machine of the cluster
  std::filesystem::path worker;   // bgraph-worker, likewise
  std::string name;               // of the run, for people who look at the queue
};

class SlurmLauncher final : public Launcher {
 public:
  SlurmLauncher(SlurmSettings settings, const store::Store& store, int jobs);

  bool has_room(int64_t) const override { return busy() < jobs_; }
  int busy() const override;
  int started() const override { return sent_; }
  int assign(const Unit& unit, const Needs& needs) override;
  std::vector<double> memory_mib() const override { return {}; }
  std::vector<Event> wait(int milliseconds, int wake = -1) override;
  void ask_to_stop() override { cancel_all(); }
  std::string interrupt(int times, bool leave) override;
  void finish() override { tidy(); }  // jobs that still run are not ours to end

 private:
  struct Lane {
    bool busy = false;
    std::filesystem::path folder;
    Unit unit;
    Needs needs;
    std::string job;       // "12_3"; "" = not sent yet
    std::string state;     // as last told
    bool found = false;    // sent by an earlier run
    bool stopped = false;  // asked to from outside; may begin again
    JobEvents events{{}};
    Clock::time_point over_since{};  // when the controller first said so
  };

  void send_all(std::vector<Event>& events);  // what has been assigned since the last wait
  void send(const std::vector<int>& lanes);
  void read(int lane, std::vector<Event>& events);
  void ask(std::vector<Event>& events);
  void ended(int lane, const JobState& state, std::vector<Event>& events);
  void free(int lane);    // its answer was told; its folder goes once that was taken
  void tidy();
  void cancel_all();

  SlurmSettings settings_;
  const store::Store& store_;
  int jobs_;
  std::vector<Lane> lanes_;
  std::vector<std::filesystem::path> answered_;  // folders and logs of what was told last
  int sent_ = 0;
  bool cancelled_ = false;
  std::chrono::duration<double> first_interval_, interval_;
  Clock::time_point asked_ = Clock::now(), looked_{};
};

}  // namespace bgraph::run

// What bgraph says to Slurm and hears from it: sbatch, squeue, scancel, as text.
//
// Units with equal needs go as one array job, whatever their number: one request to the controller. Account,
// partition and the like are the user's: sbatch reads them from SBATCH_ACCOUNT, SBATCH_PARTITION, ... itself.
#pragma once

#include <bgraph/core/run/launcher.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bgraph::run {

/// The script of an array job whose element i runs the unit of folders[i].
std::string batch_script(const std::string& name, const std::vector<std::filesystem::path>& folders, const Needs& needs,
                         const std::filesystem::path& program, const std::filesystem::path& log_folder);

struct JobState {
  std::string state;   // "PENDING", "RUNNING", "COMPLETED", "OUT_OF_MEMORY", ...
  std::string reason;  // why it waits: "Resources", "Priority", ...; "None"
  int wait_status = 0;

  bool waits() const;  // not begun, or about to begin again
  bool over() const;
};

/// Of squeue's lines "12_3  RUNNING  0  None", job -> state.
std::map<std::string, JobState> job_states(const std::string& text);

/// Why a job that gave no answer is over, with what to do about it: for people. `log`: the last lines it wrote, and Slurm about it.
std::string end_of_job(const std::string& job, const JobState& state, const Needs& needs, const std::vector<std::string>& log = {});

/// "it needed more than its memory_mib = 300": of a job that ran out of memory.
std::string beyond_memory(const Needs& needs);

struct Answer {
  int status = 0;  // exit code
  std::string text;  // stdout and stderr
};

/// Runs a command line of the batch system, to its end, whatever signals come.
Answer ask_system(const std::string& command);

/// sbatch. Returns the number of the array job. Error with what sbatch said.
std::string submit(const std::filesystem::path& script, size_t elements);

/// squeue: all jobs of this user, those that ended lately included; nothing if the controller does not answer.
std::optional<std::map<std::string, JobState>> all_jobs();

void cancel(const std::vector<std::string>& jobs);

}  // namespace bgraph::run

#include <bgraph/core/run/slurm_commands.h>

#include <bgraph/core/run/worker_process.h>
#include <bgraph/sdk/contract/error.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <sstream>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kControl_mib = 100;     // what `bgraph exec-unit` and an idle worker take beside the node
constexpr int64_t kMargin_s = 120;        // the node's own timeout comes first, with a better report

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char letter : word) text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return text + "'";
}

}  // namespace

std::string batch_script(const std::string& name, const std::vector<fs::path>& folders, const Needs& needs,
                         const fs::path& program, const fs::path& log_folder) {
  std::string text = "#!/bin/sh\n";
  const auto ask = [&](const std::string& option) { text += "#SBATCH " + option + "\n"; };
  ask("--job-name=bgraph:" + name);
  ask("--output=\"" + (log_folder / "%A_%a.log").string() + "\"");
  ask("--open-mode=append");
  ask("--requeue");  // a job that lost its machine goes on at its checkpoint
  ask(fmt::format("--ntasks={} --cpus-per-task={}", needs.ranks, needs.threads));
  if (needs.memory_mib > 0)
    ask(fmt::format("--mem-per-cpu={}M", (needs.memory_mib + kControl_mib + needs.threads - 1) / needs.threads));
  if (needs.timeout_s > 0) ask(fmt::format("--time={}", (needs.timeout_s + kMargin_s + 59) / 60));
  if (needs.gpus > 0) ask(fmt::format("--gpus-per-task={}", needs.gpus));
  text += "set --";
  for (const auto& folder : folders) text += " \\\n  " + quoted(folder.string());
  text += "\nshift \"$SLURM_ARRAY_TASK_ID\"\nexec ";
  if (needs.ranks > 1)
    text += fmt::format("srun --ntasks={} --cpus-per-task={} --kill-on-bad-exit=1 ", needs.ranks, needs.threads);
  return text + quoted(program.string()) + " exec-unit \"$1\"\n";
}

bool JobState::waits() const {
  static const std::set<std::string> kinds = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED",
                                              "RESV_DEL_HOLD", "SPECIAL_EXIT", "SUSPENDED", "STOPPED"};
  return kinds.count(state) > 0;
}

bool JobState::over() const {
  static const std::set<std::string> kinds = {"RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "RESIZING"};
  return !waits() && kinds.count(state) == 0;
}

std::map<std::string, JobState> job_states(const std::string& text) {
  std::map<std::string, JobState> states;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string job;
    JobState state;
    if (words >> job >> state.state >> state.wait_status >> state.reason) states[job] = state;
  }
  return states;
}

std::string beyond_memory(const Needs& needs) {
  return "it needed more than " + (needs.memory_mib > 0 ? fmt::format("its memory_mib = {}", needs.memory_mib)
                                                        : std::string("the cluster gives by default; set memory_mib on the node"));
}

std::string end_of_job(const std::string& job, const JobState& state, const Needs& needs, const std::vector<std::string>& log) {
  const std::string which = "Slurm job " + job + ": ";
  // With JobAcctGatherParams=OverMemoryKill (Slurm 22.05) the state is FAILED, and only the log says why.
  const bool over_memory = std::any_of(log.begin(), log.end(), [](const std::string& line) {
    return line.find("slurmstepd") != line.npos && line.find("exceeded memory limit") != line.npos;
  });
  if (state.state == "OUT_OF_MEMORY" || over_memory) return which + state.state + ": " + beyond_memory(needs);
  if (state.state == "TIMEOUT" || state.state == "DEADLINE")
    return which + state.state + ": its time limit came first; run the same command to go on at its checkpoint" +
           (needs.timeout_s > 0 ? "" : ", or set timeout_s on the node to ask for more");
  if (state.state == "NODE_FAIL" || state.state == "BOOT_FAIL")
    return which + state.state + ": its machine failed; run the same command to go on at its checkpoint";
  if (state.state == "PREEMPTED") return which + "PREEMPTED by another job; run the same command to go on at its checkpoint";
  if (state.state == "CANCELLED") return which + "CANCELLED by somebody else";
  if (state.state == "COMPLETED") return which + "it ended without an answer; the store must be the same folder on its machine";
  if (state.state.empty()) return which + "it is no longer in the queue and gave no answer";
  return which + state.state + ", " + describe_end(state.wait_status);
}

Answer ask_system(const std::string& command) {
  // Ctrl-C reaches every process of the terminal; a submission must not be cut in two.
  const std::string guarded = "trap '' INT HUP; " + command + " 2>&1 </dev/null";
  std::FILE* pipe = ::popen(guarded.c_str(), "re");
  if (pipe == nullptr) throw Error("cannot start a shell for: " + command);
  Answer answer;
  char block[4096];
  for (size_t count; (count = std::fread(block, 1, sizeof block, pipe)) > 0;) answer.text.append(block, count);
  const int status = ::pclose(pipe);
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  return answer;
}

std::string submit(const fs::path& script, size_t elements) {
  const Answer answer = ask_system(fmt::format("sbatch --parsable --array=0-{} {}", elements - 1, quoted(script.string())));
  std::string number = answer.text.substr(0, answer.text.find_first_of(";\n"));  // "12" or "12;cluster"
  if (answer.status == 0 && !number.empty() && number.find_first_not_of("0123456789") == std::string::npos) return number;
  throw Error("sbatch refused a job: " + answer.text.substr(0, answer.text.find_last_not_of('\n') + 1),
              answer.status == 127 ? "Slurm's commands are not installed here; use --launcher local"
                                   : "SBATCH_ACCOUNT, SBATCH_PARTITION, SBATCH_QOS say what your cluster wants to know");
}

std::optional<std::map<std::string, JobState>> all_jobs() {
  const Answer answer = ask_system(fmt::format(
      "squeue --noheader --array --states=all --user={} -O JobArrayID:40,State:24,exit_code:12,Reason:40", ::getuid()));
  if (answer.status != 0) return std::nullopt;
  return job_states(answer.text);
}

void cancel(const std::vector<std::string>& jobs) {
  if (jobs.empty()) return;
  std::string command = "scancel";
  for (const auto& job : jobs) command += " " + job;
  ask_system(command);  // one that is over already is no matter
}

}  // namespace bgraph::run

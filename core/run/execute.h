// A plan carried out, and the folder that tells of it.
//
//   runs/<name>/   manifest.json  metrics.json  journal.jsonl  log.txt  trace.json  capsules/  tensorboard/
//                  results             digest of what the folder tells of: a run that gives the same leaves it alone
//                  cells/<cell>/metrics.json   one per graph where there are several; metrics.json then
//                                              holds them all, tables named "<cell>/<table>"
//                  and what the writers add: graph.toml, report/, sweep.json
#pragma once

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/run/journal.h>
#include <bgraph/core/run/rank_meeting.h>
#include <bgraph/core/run/record.h>
#include <bgraph/core/run/worker_process.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bgraph::run {

/// Adds files to RunRecord::folder before it becomes visible.
using Writer = std::function<void(const RunRecord&)>;

struct RunOptions {
  std::string name;                     // runs/<name>
  std::filesystem::path runs = "runs";  // --runs
  int workers = 0;                      // 0 = cores / threads; of jobs 1000
  double memory_mib = 0;                // that nodes running together may need by prediction; 0 = what is available
  std::filesystem::path worker;         // bgraph-worker
  bool slurm = false;                   // units are jobs of Slurm, not of workers here
  std::filesystem::path program;        // bgraph, which each job runs
  RankMeeting* meeting = nullptr;       // with the other ranks, where torchrun or srun started some
  bool final_scores = false;
  bool fail_fast = false;               // stop at the first failure: what runs is checkpointed
  bool terminal = false;                // live lines instead of dated ones
  std::vector<std::string> command_line;
  Listener listener;                    // hears every line of the journal
  std::vector<Writer> writers;
};

/// Runs what the plan says and writes the run folder. If everything is cached no worker is started, and a
/// folder that already tells of the same results stays as it is.
/// Failures of nodes are in the record; Error for what concerns the whole run (store, folder, no worker).
RunRecord execute(plan::Plan& plan, const registry::Catalogue& catalogue, const store::Store& store,
                  const RunOptions& options);

/// Workers that fit the machine: the cores this process may use, over the threads of one worker.
int fitting_workers(int64_t threads);

}  // namespace bgraph::run

// Where this process stands among those that torchrun or srun started together, from their environment.
//
//   torchrun   RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT
//   srun       SLURM_PROCID, SLURM_STEP_NUM_TASKS, SLURM_LOCALID; rank 0 is on the first of SLURM_STEP_NODELIST; the port
//              is made from the job's number, so that jobs on one machine do not meet
//
// torchrun's win. A batch script that srun did not start is alone, whatever its job has asked for: the other tasks of
// the job (SLURM_NTASKS) do not exist before srun starts them.
#pragma once

#include <bgraph/sdk/contract/unit.h>

#include <functional>
#include <string>

namespace bgraph::run {

/// A variable's value, nullptr if it is not set: std::getenv.
using Variables = std::function<const char*(const char*)>;

/// Alone (size 1) if nobody started others. Error naming the variable that is missing or no number.
RankPlace rank_place(const Variables& variables);

/// "gpu[07-09,12],login" -> "gpu07": the first host of a Slurm node list.
std::string first_host(const std::string& list);

}  // namespace bgraph::run

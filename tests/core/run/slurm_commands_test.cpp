#include <bgraph/core/run/slurm_commands.h>

#include <bgraph/sdk/testing/catch.h>

using namespace bgraph::run;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a batch script asks for what its units need", "[run][slurm_commands]") {
  const Needs needs{.timeout_s = 3000, .memory_mib = 4000, .threads = 2, .ranks = 3, .gpus = 1};
  CHECK(batch_script("full", {"/s/jobs/a", "/s/jobs/it's"}, needs, "/bin/bgraph", "/s/jobs/logs") ==
        "#!/bin/sh\n"
        "#SBATCH --job-name=bgraph:full\n"
        "#SBATCH --output=\"/s/jobs/logs/%A_%a.log\"\n"
        "#SBATCH --open-mode=append\n"
        "#SBATCH --requeue\n"
        "#SBATCH --ntasks=3 --cpus-per-task=2\n"
        "#SBATCH --mem-per-cpu=2050M\n"  // (4000 + 100) / 2
        "#SBATCH --time=52\n"            // 3000 s and two minutes
        "#SBATCH --gpus-per-task=1\n"
        "set -- \\\n  '/s/jobs/a' \\\n  '/s/jobs/it'\\''s'\n"
        "shift \"$SLURM_ARRAY_TASK_ID\"\n"
        "exec srun --ntasks=3 --cpus-per-task=2 --kill-on-bad-exit=1 '/bin/bgraph' exec-unit \"$1\"\n");
  const std::string plain = batch_script("x", {"/a"}, {}, "/bin/bgraph", "/l");
  for (const char* absent : {"--mem", "--time", "--gpus", "srun"}) CHECK_THAT(plain, !ContainsSubstring(absent));
}

TEST_CASE("squeue's lines are read", "[run][slurm_commands]") {
  const auto jobs = job_states("4_0    CANCELLED   1280   None \n"
                               "12_11  PENDING     0      Resources\n"
                               "something else\n"
                               "13_0   RUNNING     0      None\n");
  REQUIRE(jobs.size() == 3);
  CHECK(jobs.at("4_0").over());
  CHECK(jobs.at("4_0").wait_status == 1280);
  CHECK(jobs.at("12_11").waits());
  CHECK(jobs.at("12_11").reason == "Resources");
  CHECK_FALSE(jobs.at("13_0").waits());
  CHECK_FALSE(jobs.at("13_0").over());
}

TEST_CASE("a job that ended without an answer is explained", "[run][slurm_commands]") {
  const Needs limited{.memory_mib = 300};
  CHECK(end_of_job("7_0", {"OUT_OF_MEMORY", "", 0}, limited) ==
        "Slurm job 7_0: OUT_OF_MEMORY: it needed more than its memory_mib = 300");
  CHECK_THAT(end_of_job("7_0", {"OUT_OF_MEMORY", "", 0}, {}), ContainsSubstring("set memory_mib on the node"));
  // What Slurm 22.05 writes under JobAcctGatherParams=OverMemoryKill; squeue then says FAILED, 9, JobLaunchFailure.
  CHECK(end_of_job("7_0", {"FAILED", "JobLaunchFailure", 9}, limited,
                   {"slurmstepd-vm: error: StepId=7.batch exceeded memory limit (190050304 > 104857600), being killed",
                    "slurmstepd-vm: error: *** JOB 7 ON vm CANCELLED AT 2026-11-20T18:32:13 ***"}) ==
        "Slurm job 7_0: FAILED: it needed more than its memory_mib = 300");
  CHECK_THAT(end_of_job("7_0", {"TIMEOUT", "", 0}, {}), ContainsSubstring("set timeout_s on the node to ask for more"));
  CHECK_THAT(end_of_job("7_0", {"NODE_FAIL", "", 0}, {}), ContainsSubstring("its machine failed"));
  CHECK(end_of_job("7_0", {"FAILED", "", 768}, {}) == "Slurm job 7_0: FAILED, exit code 3");
  CHECK_THAT(end_of_job("7_0", {}, {}), ContainsSubstring("no longer in the queue"));
}

#include <bgraph/core/run/rank_place.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

#include <map>

using namespace bgraph;
using namespace bgraph::run;

namespace {

RankPlace place_with(const std::map<std::string, std::string>& environment) {
  return rank_place([&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

const std::map<std::string, std::string> kSrun = {{"SLURM_PROCID", "3"},       {"SLURM_STEP_NUM_TASKS", "4"},
                                                  {"SLURM_LOCALID", "1"},      {"SLURM_STEP_NUM_NODES", "2"},
                                                  {"SLURM_STEP_NODELIST", "gpu[07-08]"}, {"SLURM_JOB_ID", "15007"},
                                                  {"SLURM_STEP_ID", "2"}};

}  // namespace

TEST_CASE("nobody started others: a process is alone", "[run][rank_place]") {
  CHECK(place_with({}).size == 1);
  CHECK(place_with({{"RANK", "0"}, {"WORLD_SIZE", "1"}}).size == 1);
  // A batch script has its job's SLURM_NTASKS and SLURM_PROCID = 0, but srun has not started the others.
  CHECK(place_with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_JOB_ID", "7"}}).size == 1);
}

TEST_CASE("torchrun's variables say everything", "[run][rank_place]") {
  auto environment = kSrun;  // and win where srun started torchrun
  environment.merge(std::map<std::string, std::string>{{"RANK", "5"}, {"WORLD_SIZE", "8"}, {"LOCAL_RANK", "1"},
                                                       {"MASTER_ADDR", "gpu07"}, {"MASTER_PORT", "1234"},
                                                       {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                                       {"TORCHELASTIC_RESTART_COUNT", "2"}});
  const RankPlace place = place_with(environment);
  CHECK(place.rank == 5);
  CHECK(place.size == 8);
  CHECK(place.local_rank == 1);
  CHECK(place.address == "gpu07");
  CHECK(place.port == 1234);
  CHECK(place.hosted);
  CHECK(place.attempt == 2);
}

TEST_CASE("without torchrun srun's variables do", "[run][rank_place]") {
  const RankPlace place = place_with(kSrun);
  CHECK(place.rank == 3);
  CHECK(place.size == 4);
  CHECK(place.local_rank == 1);
  CHECK(place.address == "gpu07");
  CHECK(place.port == 15000 + 15009 % 15000);
  CHECK_FALSE(place.hosted);
  auto one_machine = kSrun;
  one_machine["SLURM_STEP_NUM_NODES"] = "1";
  CHECK(place_with(one_machine).address == "127.0.0.1");
}

TEST_CASE("the first host of a list of Slurm", "[run][rank_place]") {
  const auto [list, host] = GENERATE(table<std::string, std::string>({{"vm", "vm"},
                                                                      {"a,b", "a"},
                                                                      {"gpu[07-09,12],login", "gpu07"},
                                                                      {"n[3]", "n3"},
                                                                      {"n[3,5]-ib", "n3-ib"},
                                                                      {"n[3-5]-ib,x", "n3-ib"}}));
  CHECK(first_host(list) == host);
}

TEST_CASE("an environment that cannot be is refused", "[run][rank_place]") {
  CHECK_THROWS_AS(place_with({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), Error);
  CHECK_THROWS_AS(place_with({{"RANK", "first"}, {"WORLD_SIZE", "2"}}), Error);
  CHECK_THROWS_AS(first_host("gpu[07"), Error);
}

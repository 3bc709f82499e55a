#include <bgraph/core/run/rank_place.h>

#include <bgraph/sdk/contract/error.h>

#include <charconv>
#include <optional>

namespace bgraph::run {

namespace {

constexpr int kTorchPort = 29500;                       // torchrun's default
constexpr int kFirstPort = 15000, kPorts = 15000;       // for Slurm: below the ports that systems hand out themselves

std::optional<int> number(const Variables& variables, const char* name) {
  const char* text = variables(name);
  if (text == nullptr) return std::nullopt;
  int value = 0;
  const std::string all = text;
  const auto [end, problem] = std::from_chars(all.data(), all.data() + all.size(), value);
  if (problem != std::errc() || end != all.data() + all.size())
    throw Error(std::string("the environment variable ") + name + " is '" + text + "', expected a number");
  return value;
}

std::string text(const Variables& variables, const char* name, const std::string& otherwise) {
  const char* found = variables(name);
  return found == nullptr ? otherwise : found;
}

RankPlace checked(RankPlace place) {
  if (place.rank < 0 || place.rank >= place.size)
    throw Error("the environment says rank " + std::to_string(place.rank) + " of " + std::to_string(place.size));
  return place;
}

}  // namespace

RankPlace rank_place(const Variables& variables) {
  if (const auto size = number(variables, "WORLD_SIZE"), rank = number(variables, "RANK"); size && rank) {
    if (*size == 1) return {};
    return checked({.rank = *rank, .size = *size, .local_rank = number(variables, "LOCAL_RANK").value_or(*rank),
                    .address = text(variables, "MASTER_ADDR", "127.0.0.1"),
                    .port = number(variables, "MASTER_PORT").value_or(kTorchPort),
                    .hosted = text(variables, "TORCHELASTIC_USE_AGENT_STORE", "") == "True",
                    .attempt = number(variables, "TORCHELASTIC_RESTART_COUNT").value_or(0)});
  }
  const auto size = number(variables, "SLURM_STEP_NUM_TASKS"), rank = number(variables, "SLURM_PROCID");
  if (!size || !rank || *size == 1) return {};
  const bool one_machine = number(variables, "SLURM_STEP_NUM_NODES").value_or(1) == 1;
  const int job = number(variables, "SLURM_JOB_ID").value_or(0) + number(variables, "SLURM_STEP_ID").value_or(0);
  return checked({.rank = *rank, .size = *size, .local_rank = number(variables, "SLURM_LOCALID").value_or(0),
                  .address = text(variables, "MASTER_ADDR",
                                  one_machine ? "127.0.0.1" : first_host(text(variables, "SLURM_STEP_NODELIST", ""))),
                  .port = number(variables, "MASTER_PORT").value_or(kFirstPort + job % kPorts)});
}

std::string first_host(const std::string& list) {
  const size_t bracket = list.find_first_of("[,");
  if (bracket == std::string::npos || list[bracket] == ',') return list.substr(0, bracket);
  const size_t end = list.find_first_of("-,]", bracket);
  const size_t close = list.find(']', bracket);
  if (end == std::string::npos || close == std::string::npos)
    throw Error("'" + list + "' is no list of hosts as Slurm writes them");
  const size_t comma = list.find(',', close);
  return list.substr(0, bracket) + list.substr(bracket + 1, end - bracket - 1) +
         list.substr(close + 1, comma == std::string::npos ? comma : comma - close - 1);
}

}  // namespace bgraph::run

// Training in several processes through the real program: one rank and two give the same curves, whether they are
// started for the node (`ranks = 2`), by torchrun (apt install python3-torch; skipped without), or on two machines
// (two_machines.sh; skipped where it may not make them).
#include "../core/ended.h"
#include "../core/scratch.h"
#include "has_checkpoint.h"

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/testing/catch.h>
#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>

using bgraph::end_of;
using bgraph::Json;
using bgraph::Scratch;
using bgraph::shell;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// `bgraph run ranks.toml`, started by `launcher`; what it says goes to <name>.txt.
std::string command(const Scratch& scratch, const std::string& name, const std::string& launcher, const std::string& options) {
  const std::string graph = std::string(BGRAPH_SOURCE_DIR) + "/tests/graphs/ranks.toml";
  return launcher + " " + std::string(BGRAPH_PROGRAM) + " run " + graph + " --name " + name + " --store " +
         (scratch.path / "store").string() + " --runs " + (scratch.path / "runs").string() + " " + options + " > " +
         (scratch.path / (name + ".txt")).string() + " 2>&1";
}

pid_t start(const std::string& command) {
  const pid_t child = ::fork();
  if (child == 0) ::execl("/bin/sh", "sh", "-c", ("exec " + command).c_str(), nullptr);
  return child;
}

using Curves = std::map<std::tuple<std::string, std::string, int64_t>, double>;  // node, name, step

Curves curves(const Scratch& scratch, const std::string& run) {
  Curves found;
  std::ifstream in(scratch.path / "runs" / run / "journal.jsonl");
  for (std::string line; std::getline(in, line);)
    if (const Json json = Json::parse(line); json.at("what") == "metric" && json.at("value").is_number())
      found[{json.at("node"), json.at("name"), json.at("step")}] = json.at("value");
  return found;
}

/// The same work in a store of its own each time: the number of ranks is not in the key.
Curves run_once(const std::string& name, const std::string& launcher, const std::string& options) {
  const Scratch scratch;
  const int code = shell(command(scratch, name, launcher, options));
  INFO(text_of(scratch.path / (name + ".txt")));
  REQUIRE(code == 0);
  REQUIRE_THAT(text_of(scratch.path / (name + ".txt")), !Catch::Matchers::ContainsSubstring("shares no work"));
  return curves(scratch, name);
}

const Curves& one_rank() {
  static const Curves once = run_once("one", "", "");
  return once;
}

/// Points of several ranks lie on the curves of one.
void check_on(const Curves& one, const Curves& several) {
  for (const auto& [point, value] : several) {
    INFO(std::get<0>(point) << " " << std::get<1>(point) << " at step " << std::get<2>(point));
    // float32 sums in another order, which some dozen steps of Adam make a little larger
    CHECK(std::abs(one.at(point) - value) <= 2e-3 * std::max(0.05, std::abs(one.at(point))));
  }
}

void check_same(const Curves& one, const Curves& several) {
  REQUIRE(one.size() > 20);
  REQUIRE(several.size() == one.size());
  check_on(one, several);
}

template <class Condition>
void wait_until(Condition condition) {
  for (int patience = 0; patience < 6000 && !condition(); ++patience) ::usleep(10'000);
  REQUIRE(condition());
}

const std::string kTwoRanks = "--set encoder.ranks=2 --set decoder.ranks=2 --set prior.ranks=2";
const std::string kTwoMachines = std::string(BGRAPH_SOURCE_DIR) + "/tests/graphs/two_machines.sh ";
// -r and -t name a rank that is not there, since "none" is what torch 1.13 under Python 3.11 fails to read, its own default included.
const std::string kTorchrun = "torchrun -r 9:1 -t 9:1 --no_python ";

bool has_torchrun() { return shell("torchrun --help >/dev/null 2>&1") == 0; }

}  // namespace

TEST_CASE("one rank and two ranks train along the same curves", "[graphs][train_ranks][slow]") {
  check_same(one_rank(), run_once("two", "", kTwoRanks));
}

TEST_CASE("ranks that torchrun starts train along the same curves", "[graphs][train_ranks][slow]") {
  if (!has_torchrun()) {
    WARN("skipped: no torchrun here (apt install python3-torch)");
    return;
  }
  const std::string meeting = GENERATE("--master_port $((20000 + $$ % 20000)) ",  // its agent holds the place where ranks meet
                                       "--standalone ");                           // rank 0 does
  check_same(one_rank(), run_once("torchrun", kTorchrun + "--nproc_per_node 2 " + meeting, kTwoRanks));
}

TEST_CASE("several processes for a graph without ranks are told that one does all the work", "[graphs][train_ranks][slow]") {
  const Scratch scratch;
  const std::string both = "sh -c 'export WORLD_SIZE=2 MASTER_PORT=$((20000 + $$ % 20000)); RANK=1 \"$@\" & RANK=0 \"$@\"; wait' sh";
  REQUIRE(shell(command(scratch, "both", both, "--only brains")) == 0);
  CHECK_THAT(text_of(scratch.path / "both.txt"),
             Catch::Matchers::ContainsSubstring("warning: 2 processes were started for this run, but no node that is to run has `ranks`"));
}

TEST_CASE("the death of a rank ends the run of all, and started again they go on at the checkpoint", "[graphs][train_ranks][kill][slow]") {
  const Scratch scratch;
  int port = 20000 + ::getpid() % 20000;
  const auto launch = [&](int rank) {
    return start(command(scratch, "rank" + std::to_string(rank),
                         "env BGRAPH_CHECKPOINT_SECONDS=0.02 WORLD_SIZE=2 RANK=" + std::to_string(rank) + " MASTER_PORT=" + std::to_string(port),
                         kTwoRanks));
  };
  const auto said = [&] { return text_of(scratch.path / "rank0.txt"); };
  pid_t first = launch(0), second = launch(1);
  wait_until([&] { return bgraph::testing::has_checkpoint(scratch.path / "store"); });
  ::kill(second, SIGKILL);
  CHECK(end_of(second) == -SIGKILL);
  wait_until([&] { return said().find("FAILED: the ranks lost each other") != std::string::npos; });
  ::kill(first, SIGTERM);  // as torchrun ends the rest
  CHECK(end_of(first) == 75);
  CHECK(said().find("FAILED") == said().rfind("FAILED"));  // nothing was begun that would wait for the dead one

  ++port;
  first = launch(0), second = launch(1);
  CHECK(end_of(first) == 0);
  CHECK(end_of(second) == 0);
  INFO(said());
  CHECK(text_of(scratch.path / "runs/rank0/log.txt").find("continuing at") != std::string::npos);
  check_on(one_rank(), curves(scratch, "rank0"));
}

TEST_CASE("ranks on two machines train along the same curves", "[graphs][train_ranks][slow]") {
  if (shell(kTwoMachines + "true") == 77) {
    WARN("skipped: this system lets nobody make networks");
    return;
  }
  const std::string torchrun = kTorchrun + "--nnodes 2 --nproc_per_node 1 --rdzv_backend c10d --rdzv_endpoint machine0:29500 ",
                    by_hand = "env RANK=$MACHINE WORLD_SIZE=2 LOCAL_RANK=0 MASTER_ADDR=machine0 ";
  const Scratch own;  // temporary files of each machine; the store is shared
  const std::string machine = "export TMPDIR=" + own.path.string() + "/$MACHINE; mkdir $TMPDIR; exec " +
                              (has_torchrun() ? torchrun : by_hand) + "\"$@\"";
  check_same(one_rank(), run_once("machines", kTwoMachines + "sh -c '" + machine + "' sh", kTwoRanks));
}

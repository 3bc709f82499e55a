// Training in several processes through the real program: one rank and two give the same curves, whether they are
// started for the node (`ranks = 2`) or by somebody like torchrun (RANK, WORLD_SIZE, ...).
#include "../core/scratch.h"

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/testing/catch.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

using bgraph::Json;
using bgraph::Scratch;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Starts `bgraph run ranks.toml`; what it says goes to <name>.txt.
pid_t start(const Scratch& scratch, const std::string& name, const std::vector<std::string>& more,
            const std::map<std::string, std::string>& environment = {}) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  for (const auto& [variable, value] : environment) ::setenv(variable.c_str(), value.c_str(), 1);
  const std::string graph = std::string(BGRAPH_SOURCE_DIR) + "/tests/graphs/ranks.toml";
  std::string command = "exec " + std::string(BGRAPH_PROGRAM) + " run " + graph + " --name " + name + " --store " +
                        (scratch.path / "store").string() + " --runs " + (scratch.path / "runs").string();
  for (const auto& word : more) command += " " + word;
  command += " > " + (scratch.path / (name + ".txt")).string() + " 2>&1";
  ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  ::_exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
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
Curves run_once(const std::string& name, const std::vector<std::string>& more) {
  const Scratch scratch;
  const int code = wait_for(start(scratch, name, more));
  INFO(text_of(scratch.path / (name + ".txt")));
  REQUIRE(code == 0);
  REQUIRE_THAT(text_of(scratch.path / (name + ".txt")), !Catch::Matchers::ContainsSubstring("shares no work"));
  return curves(scratch, name);
}

void check_same(const Curves& one, const Curves& several) {
  REQUIRE(one.size() > 20);
  REQUIRE(several.size() == one.size());
  for (const auto& [point, value] : one) {
    INFO(std::get<0>(point) << " " << std::get<1>(point) << " at step " << std::get<2>(point));
    // float32 sums in another order, which some dozen steps of Adam make a little larger
    CHECK(std::abs(several.at(point) - value) <= 2e-3 * std::max(0.05, std::abs(value)));
  }
}

const std::vector<std::string> kTwoRanks = {"--set encoder.ranks=2 --set decoder.ranks=2 --set prior.ranks=2"};

}  // namespace

TEST_CASE("one rank and two ranks train along the same curves", "[graphs][train_ranks][slow]") {
  const Curves one = run_once("one", {});
  check_same(one, run_once("two", kTwoRanks));

  const Scratch scratch;  // as torchrun starts them: every rank is `bgraph run`, rank 0 tells of it
  std::vector<pid_t> ranks;
  const std::string port = std::to_string(20000 + ::getpid() % 20000);
  for (const std::string rank : {"0", "1"})
    ranks.push_back(start(scratch, "rank" + rank, kTwoRanks,
                          {{"RANK", rank}, {"WORLD_SIZE", "2"}, {"LOCAL_RANK", rank}, {"MASTER_ADDR", "127.0.0.1"},
                           {"MASTER_PORT", port}}));
  for (const pid_t rank : ranks) CHECK(wait_for(rank) == 0);
  INFO(text_of(scratch.path / "rank0.txt") << text_of(scratch.path / "rank1.txt"));
  CHECK_FALSE(fs::exists(scratch.path / "runs" / "rank1"));
  check_same(one, curves(scratch, "rank0"));
}

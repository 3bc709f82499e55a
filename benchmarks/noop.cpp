// How long does a run with nothing to do take, beside make and ninja?
//
//   bench_noop BGRAPH FOLDER [NODES]      10000 nodes by default; FOLDER is kept, so that a second call is quick
//
// All are whole processes, everything in the page cache, in turn. `bgraph --version` is the start alone.
#include <cstdlib>

#include "chains.h"
#include "process_cost.h"

int main(int count, char** words) {
  using namespace bgraph::benchmarks;
  if (count < 3) {
    fmt::print(stderr, "bench_noop BGRAPH FOLDER [NODES]\n");
    return 2;
  }
  const std::string bgraph = std::filesystem::absolute(words[1]);
  const auto folder = std::filesystem::absolute(words[2]);
  const int nodes = count > 3 ? std::atoi(words[3]) : 10'000;
  write_chains(folder, nodes);
  compare(folder,
          {{"bgraph run", {bgraph, "run", "graph.toml"}},
           {"bgraph check", {bgraph, "check", "graph.toml"}},
           {"bgraph --version", {bgraph, "--version"}},
           {"ninja", {"ninja"}},
           {"make", {"make", "-s"}}},
          11, nodes);
}

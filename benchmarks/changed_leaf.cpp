// How long does it take to say what there is to do when one leaf has changed, and when everything has?
//
//   bench_changed_leaf BGRAPH FOLDER [NODES]      FOLDER and NODES as given to bench_noop before: its results are needed
//
// Nothing is run: `bgraph plan` beside `ninja -n` and `make -n`. For those the leaf is a file that is gone, and everything is the files
// at the heads of all chains gone.
#include <cstdlib>

#include "chains.h"
#include "process_cost.h"

int main(int count, char** words) {
  using namespace bgraph::benchmarks;
  if (count < 3) {
    fmt::print(stderr, "bench_changed_leaf BGRAPH FOLDER [NODES]\n");
    return 2;
  }
  const std::string bgraph = std::filesystem::absolute(words[1]);
  const auto folder = std::filesystem::absolute(words[2]);
  const int nodes = count > 3 ? std::atoi(words[3]) : 10'000;
  const auto remove = [&](int chain, int place) { std::filesystem::remove(folder / name_of(chain, place)); };

  remove(0, nodes / kChains - 1);
  fmt::print("one leaf: ");
  compare(folder,
          {{"bgraph plan", {bgraph, "plan", "graph.toml", "--set", name_of(0, nodes / kChains - 1) + ".stream=\"other\""}},
           {"ninja -n", {"ninja", "-n"}},
           {"make -n", {"make", "-n"}}},
          11, nodes);

  for (int chain = 0; chain < kChains; ++chain) remove(chain, 0);
  fmt::print("\neverything: ");
  compare(folder,
          {{"bgraph plan", {bgraph, "plan", "graph.toml", "--set", "images.count=9"}},
           {"ninja -n", {"ninja", "-n"}},
           {"make -n", {"make", "-n"}}},
          5, nodes);
  run(folder, {"ninja"});
  run(folder, {"make", "-s"});
}

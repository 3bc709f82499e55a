// How long does it take to read and check a graph, and to draw it?
//
//   bench_check_graph [NODES]       branches of seven nodes, 63 nodes by default
//
// Files are read from the page cache; plugins are not looked for (`bgraph check` adds that and the
// start of a process).
#include <bgraph/core/graph/check.h>
#include <bgraph/core/graph/draw.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "../tests/core/graph/fixture.h"

namespace {

using namespace bgraph::graph;

std::string branch(int i) {
  return fmt::format(R"(
[nodes.encoder{0}]
type   = "encoding.train"
epochs = 20
lr     = 0.001
inputs = {{ images = "data{0}.images", betas = "data{0}.train" }}
[nodes.clusters{0}]
type   = "clusters.gmm"
k      = 128
inputs = {{ voxels = "encoder{0}.voxels" }}
[nodes.data{0}]
type     = "io.toy_brains"
subjects = 4
noise    = 0.5
[nodes.tokens{0}]
type   = "features.tokens"
inputs = {{ images = "data{0}.images" }}
[nodes.bit{0}]
type   = "decoding.train_bit"
inputs = {{ betas = ["data{0}.train", "data{1}.train"], v2c = "clusters{0}", targets = "tokens{0}" }}
[nodes.predict{0}]
type   = "decoding.predict"
inputs = {{ bit = "bit{0}", betas = "data{0}.test" }}
[nodes.score{0}]
type   = "metrics.two_way"
inputs = {{ predicted = "predict{0}", seen = "tokens{0}" }}
)",
                     i, i / 2);
}

/// Median time of 21 calls, in ms.
template <class Work>
double median_ms(Work work) {
  std::vector<double> times;
  for (int i = 0; i < 21; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::nth_element(times.begin(), times.begin() + 10, times.end());
  return times[10];
}

}  // namespace

int main(int count, char** words) {
  const int nodes = count > 1 ? std::atoi(words[1]) : 63;
  std::string text;
  for (int i = 0; i < nodes / 7; ++i) text += branch(i);
  const ScratchFolder folder;
  const auto file = folder.write("graph.toml", text);
  const Checked checked = load(file, fixture_nodes(), {});
  checked.require_right();
  const double check = median_ms([&] { load(file, fixture_nodes(), {}); });
  const double draw = median_ms([&] { draw_svg(checked.graph); });
  fmt::print("{} nodes, {} bytes: check {:.2f} ms, draw {:.2f} ms\n", checked.graph.nodes.size(),
             text.size(), check, draw);
}

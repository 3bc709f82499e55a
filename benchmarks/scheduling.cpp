// What does one decision of the scheduler cost: what runs next, and whom does a finished step set free?
//
//   bench_scheduling
//
// Layered graphs (32 wide, three edges per node) in CPU time, without workers and store, at several sizes: a decision must not cost more
// in a larger graph. Beside it a flow graph of oneTBB with empty bodies on one thread, where it is installed.
#include <bgraph/core/run/agenda.h>
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <vector>

#ifdef BGRAPH_WITH_TBB
#include <tbb/flow_graph.h>
#include <tbb/global_control.h>

#include <memory>
#endif

namespace {

using namespace bgraph;

constexpr size_t kWidth = 32, kEdges = 3;
constexpr int kRounds = 7;

double cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

/// What a node of the layer before a node needs it, edge by edge.
size_t need_of(size_t node, size_t edge) {
  const size_t layer = node / kWidth;
  return (layer - 1) * kWidth + (node * 7 + edge * 11) % kWidth;
}

plan::Plan layered(size_t nodes) {
  plan::Plan plan;
  plan.steps.resize(nodes);
  for (size_t node = 0; node < nodes; ++node) {
    plan.steps[node].path_s = static_cast<double>((nodes - node) / kWidth + node % 5);
    for (size_t edge = 0; node >= kWidth && edge < kEdges; ++edge) plan.steps[node].sources["in"].push_back({need_of(node, edge), "out"});
  }
  return plan;
}

struct Figure {
  double build_ns = 0, run_ns = 0;  // per node
};

Figure agenda(const plan::Plan& plan) {
  const double start = cpu_ns();
  run::Agenda agenda(plan);
  for (const size_t step : agenda.roots()) agenda.add(step);
  const double built = cpu_ns();
  size_t decided = 0;
  while (const auto step = agenda.first()) {
    agenda.remove(*step);
    ++decided;
    for (const size_t freed : agenda.complete(*step)) agenda.add(freed);
  }
  const auto nodes = static_cast<double>(plan.steps.size());
  if (decided != plan.steps.size()) fmt::print("only {} of {} steps came up\n", decided, plan.steps.size());
  return {(built - start) / nodes, (cpu_ns() - built) / nodes};
}

#ifdef BGRAPH_WITH_TBB
Figure flow_graph(size_t nodes) {
  using Node = tbb::flow::continue_node<tbb::flow::continue_msg>;
  const tbb::global_control one_thread(tbb::global_control::max_allowed_parallelism, 1);
  const double start = cpu_ns();
  tbb::flow::graph graph;
  std::vector<std::unique_ptr<Node>> all;
  for (size_t node = 0; node < nodes; ++node) {
    all.push_back(std::make_unique<Node>(graph, [](const tbb::flow::continue_msg& message) { return message; }));
    for (size_t edge = 0; node >= kWidth && edge < kEdges; ++edge) tbb::flow::make_edge(*all[need_of(node, edge)], *all[node]);
  }
  const double built = cpu_ns();
  for (size_t node = 0; node < kWidth; ++node) all[node]->try_put(tbb::flow::continue_msg());
  graph.wait_for_all();
  return {(built - start) / static_cast<double>(nodes), (cpu_ns() - built) / static_cast<double>(nodes)};
}
#endif

template <class Work>
void line(const char* what, size_t nodes, Work work) {
  std::vector<double> build, run;
  for (int round = 0; round < kRounds; ++round) {
    const Figure figure = work();
    build.push_back(figure.build_ns), run.push_back(figure.run_ns);
  }
  std::sort(build.begin(), build.end()), std::sort(run.begin(), run.end());
  fmt::print("{:<14} {:>8} {:>14.0f} {:>14.0f}\n", what, nodes, build[kRounds / 2], run[kRounds / 2]);
}

}  // namespace

int main() {
  fmt::print("{:<14} {:>8} {:>14} {:>14}\n", "cpu ns/node", "nodes", "build", "decide");
  for (const size_t nodes : {1'024u, 10'240u, 102'400u}) {
    const plan::Plan plan = layered(nodes);
    line("bgraph", nodes, [&] { return agenda(plan); });
#ifdef BGRAPH_WITH_TBB
    line("oneTBB", nodes, [&] { return flow_graph(nodes); });
#endif
  }
}

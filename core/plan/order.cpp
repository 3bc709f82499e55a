#include <bgraph/core/plan/order.h>

#include <bgraph/sdk/contract/error.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>

#include <algorithm>
#include <queue>

namespace bgraph::plan {

namespace {

using Edges = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

Edges edges_of(const Plan& plan) {
  Edges edges(plan.steps.size());
  for (size_t step = 0; step < plan.steps.size(); ++step)
    for (const size_t need : plan.needs(step)) boost::add_edge(need, step, edges);
  return edges;
}

/// Longest chain of work from each step to an end; cached steps cost nothing.
void set_paths(Plan& plan, const Edges& edges) {
  std::vector<size_t> ends_first;  // what boost's topological sort writes
  try {
    boost::topological_sort(edges, std::back_inserter(ends_first));
  } catch (const boost::not_a_dag&) {
    throw Error("the graph has a cycle");
  }
  for (const size_t index : ends_first) {
    Step& step = plan.steps[index];
    step.path_s = 0;
    for (const auto edge : boost::make_iterator_range(boost::out_edges(index, edges)))
      step.path_s = std::max(step.path_s, plan.steps[boost::target(edge, edges)].path_s);
    if (step.state != State::hit) step.path_s += step.cost_s;
  }
}

/// Dependencies first; among free steps what goes before the other, then the order in the file.
std::vector<size_t> execution_order(const Plan& plan, const Edges& edges) {
  const auto later = [&](size_t a, size_t b) {
    if (plan.steps[b].before(plan.steps[a])) return true;
    return !plan.steps[a].before(plan.steps[b]) && a > b;
  };
  std::priority_queue<size_t, std::vector<size_t>, decltype(later)> free(later);
  std::vector<size_t> missing(plan.steps.size()), order;
  for (size_t step = 0; step < plan.steps.size(); ++step) {
    missing[step] = boost::in_degree(step, edges);
    if (missing[step] == 0) free.push(step);
  }
  while (!free.empty()) {
    const size_t step = free.top();
    free.pop();
    order.push_back(step);
    for (const auto edge : boost::make_iterator_range(boost::out_edges(step, edges)))
      if (--missing[boost::target(edge, edges)] == 0) free.push(boost::target(edge, edges));
  }
  return order;
}

}  // namespace

void put_in_order(Plan& plan) {
  const Edges edges = edges_of(plan);
  set_paths(plan, edges);
  const std::vector<size_t> order = execution_order(plan, edges);
  if (std::is_sorted(order.begin(), order.end())) return;

  std::vector<size_t> place(order.size());  // old index -> new index
  for (size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<Step> sorted;
  sorted.reserve(order.size());
  for (const size_t old : order) sorted.push_back(std::move(plan.steps[old]));
  plan.steps = std::move(sorted);
  for (auto& step : plan.steps)
    for (auto& [port, sources] : step.sources)
      for (auto& source : sources) source.step = place[source.step];
  for (auto& cell : plan.cells)
    for (auto& [node, step] : cell.steps) step = place[step];
}

}  // namespace bgraph::plan

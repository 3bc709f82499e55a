#include <bgraph/core/graph/order.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <string_view>
#include <unordered_map>

namespace bgraph::graph {

namespace {

using Dag = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

/// Shortest way from `start` back to itself that stays inside its component; empty if there is none.
std::vector<size_t> shortest_cycle(const Dag& dag, size_t start,
                                   const std::vector<size_t>& component) {
  std::vector<size_t> before(num_vertices(dag), start);
  std::vector<bool> seen(num_vertices(dag), false);
  std::queue<size_t> waiting({start});
  while (!waiting.empty()) {
    const size_t here = waiting.front();
    waiting.pop();
    for (const auto arrow : boost::make_iterator_range(out_edges(here, dag))) {
      const size_t next = target(arrow, dag);
      if (next == start) {
        std::vector<size_t> path{here};
        while (path.back() != start) path.push_back(before[path.back()]);
        std::reverse(path.begin(), path.end());
        return path;
      }
      if (component[next] != component[start] || seen[next]) continue;
      seen[next] = true;
      before[next] = here;
      waiting.push(next);
    }
  }
  return {};
}

}  // namespace

Arrows arrows_of(const Graph& graph) {
  std::unordered_map<std::string_view, size_t> places;
  for (size_t node = 0; node < graph.nodes.size(); ++node) places.emplace(graph.nodes[node].name, node);
  Arrows arrows;
  for (size_t node = 0; node < graph.nodes.size(); ++node)
    for (const auto& [port, refs] : graph.nodes[node].inputs)
      for (const auto& ref : refs) arrows.emplace_back(places.at(ref.node), node);
  return arrows;
}

std::vector<std::vector<size_t>> cycles(size_t nodes, const Arrows& arrows) {
  const Dag dag(arrows.begin(), arrows.end(), nodes);
  std::vector<size_t> component(nodes);
  if (nodes > 0)
    boost::strong_components(
        dag, boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, dag)));
  std::vector<size_t> members(nodes, 0);
  for (const size_t knot : component) ++members[knot];
  std::vector<bool> knotted(nodes, false);
  for (const auto& [from, to] : arrows)
    knotted[from] = knotted[from] || from == to || members[component[from]] > 1;
  std::map<size_t, std::vector<size_t>> shortest;
  for (size_t node = 0; node < nodes; ++node) {
    if (!knotted[node]) continue;
    std::vector<size_t> cycle = shortest_cycle(dag, node, component);
    auto& best = shortest[component[node]];
    if (!cycle.empty() && (best.empty() || cycle.size() < best.size())) best = std::move(cycle);
  }
  std::vector<std::vector<size_t>> found;
  for (auto& [knot, cycle] : shortest)
    if (!cycle.empty()) found.push_back(std::move(cycle));
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<size_t> execution_order(size_t nodes, const Arrows& arrows) {
  const Dag dag(arrows.begin(), arrows.end(), nodes);
  std::vector<size_t> missing(nodes, 0);
  for (const auto& [from, to] : arrows) ++missing[to];
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t node = 0; node < nodes; ++node)
    if (missing[node] == 0) ready.push(node);
  std::vector<size_t> order;
  while (!ready.empty()) {
    const size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const auto arrow : boost::make_iterator_range(out_edges(node, dag)))
      if (--missing[target(arrow, dag)] == 0) ready.push(target(arrow, dag));
  }
  return order;
}

}  // namespace bgraph::graph

#include <bgraph/core/graph/layers.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace bgraph::graph {

namespace {

constexpr int kSweeps = 24;  // the usual number; few graphs gain after the eighth

std::vector<size_t> rows_by_longest_path(size_t nodes,
                                         const std::set<std::pair<size_t, size_t>>& edges) {
  const auto order = execution_order(nodes, Arrows(edges.begin(), edges.end()));
  std::vector<size_t> row(nodes, 0), in(nodes, 0), out(nodes, 0);
  for (const auto& [from, to] : edges) ++out[from], ++in[to];
  std::vector<std::vector<size_t>> readers(nodes);
  for (const auto& [from, to] : edges) readers[from].push_back(to);
  for (const size_t node : order)
    for (const size_t reader : readers[node]) row[reader] = std::max(row[reader], row[node] + 1);
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    if (readers[*node].empty() || out[*node] < in[*node]) continue;
    size_t lowest = nodes;
    for (const size_t reader : readers[*node]) lowest = std::min(lowest, row[reader] - 1);
    row[*node] = lowest;
  }
  return row;
}

std::vector<size_t> places(const Layers& layers) {
  std::vector<size_t> place(layers.row_of.size(), 0);
  for (const auto& members : layers.rows)
    for (size_t i = 0; i < members.size(); ++i) place[members[i]] = i;
  return place;
}

/// Places in the row above or below, averaged; members without neighbours stay.
void sort_by_barycentre(Layers& layers, size_t row,
                        const std::vector<std::vector<size_t>>& neighbours) {
  const auto place = places(layers);
  std::vector<std::pair<double, size_t>> keyed;
  for (const size_t member : layers.rows[row]) {
    double sum = 0;
    for (const size_t other : neighbours[member]) sum += static_cast<double>(place[other]);
    const auto count = static_cast<double>(neighbours[member].size());
    keyed.emplace_back(count > 0 ? sum / count : static_cast<double>(place[member]), member);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < keyed.size(); ++i) layers.rows[row][i] = keyed[i].second;
}

/// Crossings between a row and the one below: inversions of the lower ends, lines taken from left
/// to right, counted with a Fenwick tree (Barth, Mutzel and Juenger 2002).
size_t crossings_below(const Layers& layers, size_t row, const std::vector<size_t>& place) {
  if (row + 1 >= layers.rows.size()) return 0;
  std::vector<size_t> tree(layers.rows[row + 1].size() + 1, 0);
  size_t count = 0, seen = 0;
  for (const size_t member : layers.rows[row]) {
    for (const size_t below : layers.below[member]) {
      size_t not_right = 0;
      for (size_t i = place[below] + 1; i > 0; i -= i & (~i + 1)) not_right += tree[i];
      count += seen - not_right;
    }
    for (const size_t below : layers.below[member]) {
      for (size_t i = place[below] + 1; i < tree.size(); i += i & (~i + 1)) ++tree[i];
      ++seen;
    }
  }
  return count;
}

/// Crossings of the lines of two members of one row, the first standing left of the second.
size_t crossings_of(size_t left, size_t right, const Layers& layers,
                    const std::vector<size_t>& place) {
  size_t count = 0;
  for (const auto* neighbours : {&layers.above, &layers.below})
    for (const size_t a : (*neighbours)[left])
      for (const size_t b : (*neighbours)[right]) count += place[a] > place[b] ? 1 : 0;
  return count;
}

void swap_neighbours(Layers& layers) {
  auto place = places(layers);
  for (auto& members : layers.rows) {
    for (size_t i = 0; i + 1 < members.size(); ++i) {
      size_t &left = members[i], &right = members[i + 1];
      if (crossings_of(right, left, layers, place) >= crossings_of(left, right, layers, place))
        continue;
      std::swap(place[left], place[right]);
      std::swap(left, right);
    }
  }
}

}  // namespace

Layers make_layers(size_t nodes, const Arrows& arrows) {
  const std::set<std::pair<size_t, size_t>> edges(arrows.begin(), arrows.end());
  Layers layers;
  layers.row_of = rows_by_longest_path(nodes, edges);
  std::map<std::pair<size_t, size_t>, size_t> dummies;  // (source, row) -> member
  std::set<std::pair<size_t, size_t>> links;
  std::map<std::pair<size_t, size_t>, std::vector<size_t>> ways;
  for (const auto& [from, to] : edges) {
    auto& way = ways[{from, to}];
    way.push_back(from);
    for (size_t row = layers.row_of[from] + 1; row < layers.row_of[to]; ++row) {
      const auto [dummy, is_new] = dummies.try_emplace({from, row}, layers.row_of.size());
      if (is_new) layers.row_of.push_back(row);
      way.push_back(dummy->second);
    }
    way.push_back(to);
    for (size_t i = 0; i + 1 < way.size(); ++i) links.insert({way[i], way[i + 1]});
  }
  layers.above.resize(layers.row_of.size());
  layers.below.resize(layers.row_of.size());
  for (const auto& [upper, lower] : links)
    layers.below[upper].push_back(lower), layers.above[lower].push_back(upper);
  for (size_t member = 0; member < layers.row_of.size(); ++member) {
    if (layers.row_of[member] >= layers.rows.size()) layers.rows.resize(layers.row_of[member] + 1);
    layers.rows[layers.row_of[member]].push_back(member);
  }
  for (const auto& arrow : arrows) layers.ways.push_back(ways.at(arrow));
  return layers;
}

size_t crossings(const Layers& layers) {
  const auto place = places(layers);
  size_t count = 0;
  for (size_t row = 0; row < layers.rows.size(); ++row)
    count += crossings_below(layers, row, place);
  return count;
}

void order_rows(Layers& layers) {
  auto best = layers.rows;
  size_t fewest = crossings(layers);
  for (int sweep = 0; sweep < kSweeps && fewest > 0; ++sweep) {
    const size_t rows = layers.rows.size();
    for (size_t i = 1; i < rows; ++i) {
      const bool down = sweep % 2 == 0;
      sort_by_barycentre(layers, down ? i : rows - 1 - i, down ? layers.above : layers.below);
    }
    swap_neighbours(layers);
    const size_t count = crossings(layers);
    if (count < fewest) fewest = count, best = layers.rows;
  }
  layers.rows = best;
}

}  // namespace bgraph::graph

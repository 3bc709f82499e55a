#include <bgraph/core/graph/order.h>
#include <bgraph/sdk/testing/catch.h>

#include <algorithm>
#include <random>

namespace bgraph::graph {

TEST_CASE("the execution order follows the arrows and otherwise the file", "[core][graph][order]") {
  CHECK(execution_order(5, {{4, 0}, {0, 2}}) == std::vector<size_t>{1, 3, 4, 0, 2});
  CHECK(execution_order(0, {}).empty());
}

TEST_CASE("every arrow of a random graph points forward in its order", "[core][graph][order]") {
  std::mt19937 random(7);
  Arrows arrows;
  for (int i = 0; i < 200; ++i) {
    const size_t a = random() % 40, b = random() % 40;
    if (a != b) arrows.emplace_back(std::min(a, b), std::max(a, b));
  }
  const auto order = execution_order(40, arrows);
  REQUIRE(order.size() == 40);
  std::vector<size_t> place(40);
  for (size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  CHECK(std::all_of(arrows.begin(), arrows.end(),
                    [&](const auto& arrow) { return place[arrow.first] < place[arrow.second]; }));
  CHECK(cycles(40, arrows).empty());
}

TEST_CASE("the shortest cycle of each knot is found once", "[core][graph][order]") {
  // 0 -> 1 -> 2 -> 0 with the short cut 1 -> 0; 3 reads itself; 4 only hangs on.
  const Arrows arrows = {{0, 1}, {1, 2}, {2, 0}, {1, 0}, {3, 3}, {2, 4}};
  CHECK(cycles(5, arrows) == std::vector<std::vector<size_t>>{{0, 1}, {3}});
}

}  // namespace bgraph::graph

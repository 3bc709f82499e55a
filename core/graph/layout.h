// Where the nodes of a drawing stand: layers from top to bottom, few crossings, straight lines.
//
// The method of Sugiyama, Tagawa and Toda (1981): layers by longest path, order within layers by
// barycentres, then places. Differs: long edges of one source share their way, so a node that feeds
// everything draws one trunk and not twenty lines; places are the least-squares ones under the
// order (isotonic regression), found layer by layer.
#pragma once

#include <bgraph/core/graph/order.h>

#include <vector>

namespace bgraph::graph {

struct Point {
  double x = 0, y = 0;
};

struct Box {
  double x = 0, y = 0;  // upper left corner
  double width = 0, height = 0;
};

struct Layout {
  std::vector<Box> boxes;                  // per node
  std::vector<std::vector<Point>> routes;  // per arrow: pairs of (upper, lower) ends, top to bottom
  double width = 0, height = 0;
};

/// Places boxes of the given widths and one height. Equal arrows are drawn over each other.
/// Only for graphs without cycles. The same input gives the same layout.
Layout lay_out(const std::vector<double>& widths, double height, const Arrows& arrows);

}  // namespace bgraph::graph

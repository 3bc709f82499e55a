// Pictures of a graph: DOT and Mermaid for other tools, SVG by itself.
#pragma once

#include <bgraph/core/graph/graph.h>

#include <map>
#include <string>

namespace bgraph::graph {

/// What a run did with a node.
enum class Outcome { computed, cached, failed, skipped };

struct Happened {
  Outcome outcome = Outcome::computed;
  double seconds = 0;
};

using Happenings = std::map<std::string, Happened>;  // by node name; empty = no run

std::string draw_dot(const Graph& graph);
std::string draw_mermaid(const Graph& graph);

/// A complete SVG document without outside references, also right inside an HTML page: names of
/// styles and ids begin with "bgraph-". Colours go by plugin folder; a node's title lists its parameters.
std::string draw_svg(const Graph& graph, const Happenings& happened = {});

/// Colour per plugin folder of the graph ("#4c78a8"): the same folder mostly gets the same colour
/// in every graph, two folders of one graph never do (up to twelve).
std::map<std::string, std::string> folder_colours(const Graph& graph);

/// "decoding" of "decoding.train_bit".
std::string folder_of(const std::string& type);

}  // namespace bgraph::graph

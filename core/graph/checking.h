// The steps of a check and what they share. Each step reports what it finds and leaves the rest.
#pragma once

#include <bgraph/core/graph/check.h>

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace bgraph::graph {

/// An input port with what is wired to it; only edges whose both ends exist.
struct Edge {
  size_t from = 0;  // index in graph.nodes
  size_t to = 0;
  const PortSpec* output = nullptr;
  const PortSpec* input = nullptr;
  Span span;         // of the reference
  bool agrees = true;  // in type
};

struct Checking {
  const registry::Catalogue& catalogue;
  const Choices& choices;
  const Resolved& resolved;
  Graph& graph;
  std::vector<Problem>& problems;

  std::vector<const NodeSpec*> specs;   // per node; nullptr = unknown type, already told
  std::deque<NodeSpec> own_specs;       // of nodes whose ports the graph declares; where they lie they stay
  std::map<std::string, size_t> index;  // node name -> position in graph.nodes
  std::vector<Edge> edges;

  void report(const Span& span, std::string message, std::string fix = {},
              std::vector<std::string> notes = {}) {
    problems.push_back({span, std::move(message), std::move(notes), std::move(fix)});
  }
  /// "node 'bit' (decoding.train_bit)"
  std::string label(size_t node) const;
};

/// Who a message is about: spelled only when there is one.
using Owner = std::function<std::string()>;

/// [graph], and the keys of a node that are not parameters: declared like parameters.
const std::vector<ParamSpec>& settings_specs();
const std::vector<ParamSpec>& node_key_specs();

void check_settings(Checking& checking);                       // [graph]
void check_node_keys(Checking& checking, const Entry& entry);  // type, stream, ... ; adds the node
void check_params(Checking& checking, size_t node, const Value& table);
void check_components(Checking& checking, size_t node, const Value& table);  // what parameters name and set
void check_inputs(Checking& checking, size_t node, const Entry& entry);  // fills in edges
void check_cycles(Checking& checking);
void check_dims(Checking& checking);
void check_leaks(Checking& checking);
void check_sweep(Checking& checking);

/// A value as the worker gets it: paths become absolute, ${data} is filled in. Reports what is wrong.
Json checked_param(Checking& checking, const Owner& owner, const ParamSpec& spec,
                   const Value& value);

}  // namespace bgraph::graph

// The outer shape of a graph file: which tables there are, and what may be called a node.
#pragma once

#include <bgraph/core/graph/document.h>

#include <string>
#include <vector>

namespace bgraph::graph {

/// Reports every table of the wrong shape and takes it out, so that later steps meet only
///   extends  text                     graph, inputs, sweep  tables
///   nodes    tables by name           profiles              documents by name, without extends
///   parts    tables by name: file (text), inputs (table), nodes (tables by name)
void check_shape(Value& document, std::vector<Problem>& problems);

/// Keys of a node that are not parameters.
const std::vector<std::string>& reserved_node_keys();

}  // namespace bgraph::graph

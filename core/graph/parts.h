// [parts]: subgraphs brought in under a name, with inputs of their own.
//
//   [parts.low]                               its nodes are called low.NODE
//   file   = "parts/bit.toml"                 relative to the file that says so
//   inputs = { betas = "data.train" }         what `inputs.betas` stands for inside
//   [parts.low.nodes.bit]                     changes to its nodes, merged like any other
//   epochs = 5
//
// The part declares what it takes in a table of its own:
//
//   [inputs]
//   betas = "training responses of all subjects"
#pragma once

#include <bgraph/core/graph/chain.h>

#include <string>
#include <vector>

namespace bgraph::graph {

/// All nodes of a document and of its parts, by full name, with full names in all references.
/// Reports unused, unknown and missing inputs of parts, and parts that contain themselves.
std::vector<Entry> flatten(Value document, const std::string& prefix, Chain& chain,
                           std::vector<std::string> files = {});

/// For a part that is looked at alone: what reads its inputs counts as wired.
void leave_inputs_open(Value& document, std::vector<Problem>& problems);

}  // namespace bgraph::graph

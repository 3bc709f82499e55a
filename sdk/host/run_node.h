// One unit of work without the runtime around it: bind inputs, run, take outputs.
#pragma once

#include <bgraph/sdk/node.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph {

using NodeInputs = std::map<std::string, std::vector<StoredValue>>;
using NodeOutputs = std::map<std::string, Value>;

/// Runs the node on its inputs; `chunk` cuts the rows of `each` inputs.
/// Every exception of the node, standard, c10 or OpenCV, becomes an Error with the library's own text.
NodeOutputs run_node(Node& node, const NodeInputs& inputs,
                     const std::optional<std::pair<int64_t, int64_t>>& chunk, Context& ctx);

/// Joins the outputs of all chunks of a map node.
NodeOutputs join_chunks(Node& node, const std::vector<NodeOutputs>& chunks);

}  // namespace bgraph

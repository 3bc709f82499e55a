// Ports that the graph declares, for nodes that run what only the graph knows: two list parameters of text.
//
//   takes = ["betas: list of Betas, fits", "mask: Tensor, optional"]
//   gives = ["spectrum: Tensor [V]", "scores: Table, split test"]
//
//   NAME: [list of] TYPE [ "[" dims "]" ] [, fits | , transductive | , optional | , split LABEL]...
//
// Read by control for the check and the plan, and by the node for its ports.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <string>
#include <vector>

namespace bgraph {

inline constexpr char kTakes[] = "takes", kGives[] = "gives";  // the parameters

/// Types that travel on an edge.
const std::vector<std::string>& value_types();

/// One port. Error saying what is wrong with the text.
PortSpec input_from_text(const std::string& text);
PortSpec output_from_text(const std::string& text);

/// The node with the ports these parameters declare; lists of text, or null for none. Error as above, and for a name
/// given twice.
NodeSpec with_declared_ports(NodeSpec spec, const Json& takes, const Json& gives);

}  // namespace bgraph

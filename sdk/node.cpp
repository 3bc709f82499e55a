#include <bgraph/sdk/node.h>

namespace bgraph {

Node::Node() = default;
Node::~Node() = default;

NodeSpec Node::spec() const {
  NodeSpec spec;
  for (const auto* port : inputs_) spec.inputs.push_back(port->spec());
  for (const auto* port : outputs_) spec.outputs.push_back(port->spec());
  spec.draws = draws_;
  spec.map_chunk = map_chunk_;
  spec.memory = memory_;
  spec.declares_ports = declares_ports_;
  return spec;
}

}  // namespace bgraph

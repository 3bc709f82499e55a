// Split labels travel with values, whether a node thinks of them or not.
//
//   an output whose value names its own split   keeps it
//   an output that declares "=input"            carries the label of that input
//   any other                                   carries what is held out among the inputs ("test" or "truth"), and
//                                               where nothing is, the split it declares
//
// Whatever a transductive port has seen of held-out data is marked `transductive`, in every value after it and in
// the protocol of every table, so that its numbers never stand beside inductive ones without a footnote.
#pragma once

#include <bgraph/sdk/host/run_node.h>

namespace bgraph {

inline constexpr char kTransductiveMark[] = "transductive";  // meta key of a value; key of a table's protocol

bool held_out(const std::string& split);  // "test" or "truth"

/// The label of an output, as above.
void label_output(const PortSpec& port, const std::vector<InputPort*>& ports, const NodeInputs& inputs, Value& value);

/// Labels can be wrong or missing, image ids are not. Error naming the images if
///   a port that fits has images that a held-out input of the node has too, or
///   a model among the inputs was trained on an image of a test input.
/// Ids are compared within one id space; negative ids stand for nothing.
void refuse_shared_images(const std::vector<InputPort*>& ports, const NodeInputs& inputs);

}  // namespace bgraph

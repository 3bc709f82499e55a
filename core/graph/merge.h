// How one graph is laid over another: tables key by key, nodes and parts with `replace` and `remove`.
#pragma once

#include <bgraph/core/graph/document.h>

#include <string>
#include <vector>

namespace bgraph::graph {

/// What the later document is laid over.
enum class Onto {
  graph,   // the graph itself: `replace` and `remove` act and disappear
  overlay  // another overlay (a profile): they stay, to act later
};

/// Lays `over` on `base`: [graph], [inputs] and [sweep] key by key, [nodes] and [parts] by name,
/// [profiles] by name as overlays.
void merge_document(Value& base, Value over, Onto onto, std::vector<Problem>& problems);

/// The same for a table of nodes or of parts; `what` is "node" or "part", for messages.
void merge_named(Value& base, Value over, Onto onto, const std::string& what,
                 std::vector<Problem>& problems);

/// Marks everything in `value` as written by a layer ("profile paper").
void set_layer(Value& value, const std::string& layer);

std::vector<std::string> keys_of(const Value& table);

}  // namespace bgraph::graph

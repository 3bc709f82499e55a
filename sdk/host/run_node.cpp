#include <bgraph/sdk/host/run_node.h>

#include <bgraph/sdk/contract/error.h>

#include <c10/util/Exception.h>

#include <algorithm>

namespace bgraph {

namespace {

void check_known_ports(const Node& node, const NodeInputs& inputs) {
  std::vector<std::string> names;
  for (const auto* port : node.inputs()) names.push_back(port->spec().name);
  for (const auto& [name, values] : inputs)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw Error("there is no input '" + name + "'", did_you_mean(name, names));
}

/// Outputs that did not name a split take the label of the input they are declared to follow.
void label_split(const PortSpec& port, const NodeInputs& inputs, Value& value) {
  if (port.split.empty() || !value.meta.value(kSplit, "").empty()) return;
  if (port.split.front() != '=') {
    value.meta[kSplit] = port.split;
    return;
  }
  const auto source = inputs.find(port.split.substr(1));
  if (source == inputs.end() || source->second.empty()) return;
  value.meta[kSplit] = source->second.front().value->meta.value(kSplit, "");
}

NodeOutputs taken_outputs(Node& node, const NodeInputs& inputs) {
  NodeOutputs outputs;
  for (auto* port : node.outputs()) {
    if (!port->assigned()) throw Error("the node did not assign its output '" + port->spec().name + "'");
    Value value = port->take();
    label_split(port->spec(), inputs, value);
    outputs[port->spec().name] = std::move(value);
  }
  return outputs;
}

}  // namespace

NodeOutputs run_node(Node& node, const NodeInputs& inputs,
                     const std::optional<std::pair<int64_t, int64_t>>& chunk, Context& ctx) {
  try {
    check_known_ports(node, inputs);
    for (auto* port : node.inputs()) {
      const auto found = inputs.find(port->spec().name);
      port->bind(found == inputs.end() ? std::vector<StoredValue>{} : found->second, chunk);
      port->open_rows(ctx);
    }
    node.run(ctx);
    return taken_outputs(node, inputs);
  } catch (const Error&) {
    throw;
  } catch (const Cancelled&) {
    throw;
  } catch (const c10::Error& error) {
    throw Error(error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw Error(error.what());
  } catch (...) {
    throw Error("the node threw something that is no exception");
  }
}

NodeOutputs join_chunks(Node& node, const std::vector<NodeOutputs>& chunks) {
  NodeOutputs outputs;
  for (auto* port : node.outputs()) {
    const auto& name = port->spec().name;
    std::vector<Value> parts;
    for (const auto& chunk : chunks) parts.push_back(chunk.at(name));
    Value joined = port->join(parts);
    if (parts.front().meta.contains(kSplit)) joined.meta[kSplit] = parts.front().meta.at(kSplit);
    outputs[name] = std::move(joined);
  }
  return outputs;
}

}  // namespace bgraph

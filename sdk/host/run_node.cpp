#include <bgraph/sdk/host/run_node.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/host/labels.h>

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

NodeOutputs taken_outputs(Node& node, const NodeInputs& inputs) {
  NodeOutputs outputs;
  for (auto* port : node.outputs()) {
    if (!port->assigned()) throw Error("the node did not assign its output '" + port->spec().name + "'");
    Value value = port->take();
    label_output(port->spec(), node.inputs(), inputs, value);
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
    refuse_shared_images(node.inputs(), inputs);
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
    for (const char* label : {kSplit, kTransductiveMark})
      if (parts.front().meta.contains(label)) joined.meta[label] = parts.front().meta.at(label);
    outputs[name] = std::move(joined);
  }
  return outputs;
}

}  // namespace bgraph

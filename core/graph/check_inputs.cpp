// Inputs: that every reference names an output, that types agree, that nothing needed is left open.
#include <bgraph/core/graph/checking.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bgraph::graph {

namespace {

constexpr const char* kAnyType = "Value";  // an input of this type takes every value

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return text;
}

/// What a port is, for people: "Betas [N, V]".
std::string shape_of(const PortSpec& port) {
  return port.dims.empty() ? port.type
                           : fmt::format("{} [{}]", port.type, fmt::join(port.dims, ", "));
}

/// Outputs in the graph that an input could take.
std::string suggestion(const Checking& checking, const PortSpec& input, size_t consumer) {
  std::vector<std::string> fitting;
  for (size_t node = 0; node < checking.specs.size() && fitting.size() < 3; ++node) {
    if (!checking.specs[node] || node == consumer) continue;
    const auto& outputs = checking.specs[node]->outputs;
    for (const auto& output : outputs)
      if (output.type == input.type)
        fitting.push_back(checking.graph.nodes[node].name +
                          (outputs.size() == 1 ? "" : "." + output.name));
  }
  if (fitting.empty()) return {};
  return fmt::format("{} = \"{}\"{}", input.name, fitting.front(),
                     fitting.size() == 1
                         ? ""
                         : fmt::format("; {} are {} too",
                                       quoted({fitting.begin() + 1, fitting.end()}), input.type));
}

/// The output a reference names; nothing once something is wrong.
struct Source {
  size_t node = 0;
  const PortSpec* output = nullptr;
};

Source single_output(Checking& checking, size_t node, const Value& value,
                     const Owner& port_label) {
  const auto& outputs = checking.specs[node]->outputs;
  const std::string& name = checking.graph.nodes[node].name;
  if (outputs.size() == 1) return {node, &outputs.front()};
  if (outputs.empty()) {
    checking.report(value.span,
                    fmt::format("{}: {} has no output", port_label(), checking.label(node)));
    return {};
  }
  std::vector<std::string> all;
  for (const auto& output : outputs) all.push_back(name + "." + output.name);
  checking.report(value.span,
                  fmt::format("{}: {} has {} outputs, so \"{}\" does not say which", port_label(),
                              checking.label(node), outputs.size(), name),
                  "one of " + quoted(all));
  return {};
}

/// A reference whose node the graph does not have. "low.tokens" may mean a node inside the part 'low'.
void report_unknown_node(Checking& checking, const Value& value, const Owner& port_label) {
  const std::string text = value.text();
  const size_t dot = text.rfind('.');
  std::string name = text.substr(0, dot);
  std::string port = dot == std::string::npos ? "" : text.substr(dot);
  std::vector<std::string> names;
  for (const auto& [known, position] : checking.index) names.push_back(known);
  const bool part = std::any_of(names.begin(), names.end(), [&](const std::string& known) {
    return known.starts_with(name + ".");
  });
  if (part) name = text, port.clear();
  const std::string hint = nearest(name, names);
  checking.report(value.span, fmt::format("{}: the graph has no node '{}'", port_label(), name),
                  hint.empty() ? "" : fmt::format("did you mean '{}{}'?", hint, port));
}

Source find_source(Checking& checking, const Value& value, const Owner& port_label) {
  const std::string text = value.text();
  if (const auto whole = checking.index.find(text); whole != checking.index.end())
    return checking.specs[whole->second] ? single_output(checking, whole->second, value, port_label)
                                         : Source{};
  const size_t dot = text.rfind('.');
  const std::string name = text.substr(0, dot);
  const std::string port = dot == std::string::npos ? "" : text.substr(dot + 1);
  const auto node = dot == std::string::npos ? checking.index.end() : checking.index.find(name);
  if (node == checking.index.end()) {
    report_unknown_node(checking, value, port_label);
    return {};
  }
  const NodeSpec* spec = checking.specs[node->second];
  if (!spec) return {};
  const PortSpec* output = spec->output(port);
  if (!output) {
    const auto known = names_of(spec->outputs);
    const std::string hint = did_you_mean(port, known);
    checking.report(
        value.span,
        fmt::format("{}: {} has no output '{}'", port_label(), checking.label(node->second), port),
        hint.empty() ? (known.empty() ? "it has no outputs" : "its outputs are " + quoted(known))
                     : hint);
  }
  return {node->second, output};
}

void check_type(Checking& checking, Edge& edge, const std::string& source) {
  const PortSpec& output = *edge.output;
  const PortSpec& input = *edge.input;
  const bool same_type = input.type == output.type || input.type == kAnyType;
  const bool same_dtype =
      input.dtype.empty() || output.dtype.empty() || input.dtype == output.dtype;
  edge.agrees = same_type && same_dtype;
  if (edge.agrees) return;
  checking.report(
      edge.span,
      fmt::format("'{}' is {}, input '{}' of {} expects {}", source,
                  same_type ? output.dtype : output.type, input.name, checking.label(edge.to),
                  same_type ? input.dtype : input.type),
      {},
      input.doc.empty() ? std::vector<std::string>{} : std::vector{input.name + ": " + input.doc});
}

void wire(Checking& checking, size_t node, const PortSpec& input, const Value& value) {
  const Owner label = [&] { return fmt::format("{}: input '{}'", checking.label(node), input.name); };
  if (value.kind == Value::Kind::scalar && value.scalar.is_null()) return;  // told by the part
  if (!value.is_text()) {
    checking.report(value.span, fmt::format("{} takes \"NODE\" or \"NODE.PORT\", found {}", label(),
                                            value.json().dump()));
    return;
  }
  const Source source = find_source(checking, value, label);
  if (!source.output) return;
  const std::string& name = checking.graph.nodes[source.node].name;
  checking.edges.push_back({source.node, node, source.output, &input, value.span});
  checking.graph.nodes[node].inputs[input.name].push_back(
      {name, source.output->name, value.span.place});
  check_type(checking, checking.edges.back(), name + "." + source.output->name);
}

}  // namespace

void check_inputs(Checking& checking, size_t node, const Entry& entry) {
  const NodeSpec& spec = *checking.specs[node];
  const Value* inputs = entry.value.find("inputs");
  const Owner owner = [&] { return checking.label(node); };
  if (inputs) {
    for (const auto& given : inputs->entries) {
      const PortSpec* port = spec.input(given.key);
      if (!port) {
        const auto known = names_of(spec.inputs);
        const std::string hint = did_you_mean(given.key, known);
        checking.report(given.span, fmt::format("{} has no input '{}'", owner(), given.key),
                        !hint.empty()   ? hint
                        : known.empty() ? "it takes no inputs"
                                        : "its inputs are " + quoted(known));
      } else if (given.value.kind != Value::Kind::list) {
        wire(checking, node, *port, given.value);
      } else if (!port->list) {
        checking.report(given.value.span,
                        fmt::format("{}: input '{}' takes one value, found a list of {}", owner(),
                                    port->name, given.value.items.size()),
                        "the inputs of this node that take a list are marked in `bgraph inspect " +
                            spec.type + "`");
      } else if (given.value.items.empty() && !port->optional) {
        checking.report(
            given.value.span,
            fmt::format("{}: input '{}' takes at least one value, found none", owner(), port->name));
      } else {
        for (const auto& item : given.value.items) wire(checking, node, *port, item);
      }
    }
  }
  for (const auto& port : spec.inputs)
    if (!port.optional && !(inputs && inputs->find(port.name)))
      checking.report(entry.span, fmt::format("{}: input '{}' is not wired", owner(), port.name),
                      suggestion(checking, port, node),
                      {fmt::format("{}: {}{}", port.name, shape_of(port),
                                   port.doc.empty() ? "" : ", " + port.doc)});
}

}  // namespace bgraph::graph

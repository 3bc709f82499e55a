// DOT and Mermaid; and the colours all drawings share.
#include <bgraph/core/graph/draw.h>

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <set>

namespace bgraph::graph {

namespace {

// Twelve hues that stay apart on white and for the common kinds of colour blindness.
constexpr std::array<const char*, 12> kPalette = {"#4c78a8", "#e07b39", "#3f9b5b", "#b9476b",
                                                  "#7a63b8", "#a8872a", "#2f9aa0", "#8a5a44",
                                                  "#c661a8", "#5f7d2e", "#5c6bc0", "#6b7785"};

/// FNV-1a, so that the colour of a name does not depend on the standard library.
uint64_t hash_of(const std::string& text) {
  uint64_t hash = 14695981039346656037u;
  for (const char letter : text)
    hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211u;
  return hash;
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') safe += '\\';
    safe += letter;
  }
  return safe;
}

std::map<std::string, size_t> numbers(const Graph& graph) {
  std::map<std::string, size_t> numbers;
  for (size_t i = 0; i < graph.nodes.size(); ++i) numbers[graph.nodes[i].name] = i;
  return numbers;
}

}  // namespace

std::string folder_of(const std::string& type) { return type.substr(0, type.find('.')); }

std::map<std::string, std::string> folder_colours(const Graph& graph) {
  std::set<std::string> folders;
  for (const auto& node : graph.nodes) folders.insert(folder_of(node.type));
  std::map<std::string, std::string> colours;
  std::set<size_t> taken;
  for (const auto& folder : folders) {
    size_t slot = hash_of(folder) % kPalette.size();
    while (taken.size() < kPalette.size() && taken.count(slot)) slot = (slot + 1) % kPalette.size();
    taken.insert(slot);
    colours[folder] = kPalette[slot];
  }
  return colours;
}

std::string draw_dot(const Graph& graph) {
  const auto colours = folder_colours(graph);
  std::string text = "digraph bgraph {\n";
  if (!graph.settings.title.empty())
    text += fmt::format("  label=\"{}\"; labelloc=t;\n", escaped(graph.settings.title));
  text +=
      "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11];\n"
      "  edge [fontname=\"sans-serif\", fontsize=9, color=\"#8a94a0\"];\n";
  for (const auto& node : graph.nodes)
    text += fmt::format("  \"{}\" [label=\"{}\\n{}\", color=\"{}\", fillcolor=\"{}22\"];\n",
                        escaped(node.name), escaped(node.name), escaped(node.type),
                        colours.at(folder_of(node.type)), colours.at(folder_of(node.type)));
  for (const auto& node : graph.nodes)
    for (const auto& [port, refs] : node.inputs)
      for (const auto& ref : refs)
        text += fmt::format("  \"{}\" -> \"{}\" [label=\"{}\", tooltip=\"{}.{} -> {}\"];\n",
                            escaped(ref.node), escaped(node.name), escaped(port), escaped(ref.node),
                            escaped(ref.port), escaped(port));
  return text + "}\n";
}

std::string draw_mermaid(const Graph& graph) {
  const auto number = numbers(graph);
  std::string text = "flowchart TD\n";
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    text += fmt::format("  n{}[\"{}<br/><small>{}</small>\"]:::{}\n", i, graph.nodes[i].name,
                        graph.nodes[i].type, folder_of(graph.nodes[i].type));
  for (const auto& node : graph.nodes)
    for (const auto& [port, refs] : node.inputs)
      for (const auto& ref : refs)
        text += fmt::format("  n{} -->|{}| n{}\n", number.at(ref.node), port, number.at(node.name));
  for (const auto& [folder, colour] : folder_colours(graph))
    text += fmt::format("  classDef {} fill:{}22,stroke:{}\n", folder, colour, colour);
  return text;
}

}  // namespace bgraph::graph

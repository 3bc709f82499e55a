#include <bgraph/core/cli/manual.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bgraph::cli {

namespace {

/// Rows of cells; every column but the last is as wide as its widest cell.
std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i) line += fmt::format(" {:<{}} ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string section(const std::string& title, const std::vector<std::vector<std::string>>& rows) {
  return rows.empty() ? "" : "\n" + title + "\n" + columns(rows);
}

std::string type_of(const PortSpec& port) {
  std::string text = port.type;
  if (!port.dims.empty()) text += fmt::format(" [{}]", fmt::join(port.dims, ", "));
  if (!port.dtype.empty()) text += " " + port.dtype;
  return text;
}

/// What a port's flags mean for whoever wires it.
std::string conditions(const PortSpec& port) {
  std::vector<std::string> words;
  if (port.list) words.push_back("list");
  if (port.optional) words.push_back("optional");
  if (port.fits) words.push_back(port.transductive ? "fits, test data allowed" : "fits");
  if (port.each) words.push_back("item by item");
  if (port.split.starts_with("="))
    words.push_back("split of " + port.split.substr(1));
  else if (!port.split.empty())
    words.push_back(port.split);
  return fmt::format("{}", fmt::join(words, ", "));
}

std::vector<std::vector<std::string>> rows_of(const std::vector<PortSpec>& ports) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& port : ports)
    rows.push_back({port.name, type_of(port), conditions(port), port.doc});
  return rows;
}

/// "integer in [1, 4096]", "number > 0", "text: diag | full".
std::string kind_of(const ParamSpec& param) {
  std::string text = to_text(param.kind);
  if (!param.choices.empty()) return fmt::format("{}: {}", text, fmt::join(param.choices, " | "));
  const bool low = !param.minimum.is_null(), high = !param.maximum.is_null();
  if (low && high)
    return fmt::format("{} in {}{}, {}]", text, param.above_minimum ? "(" : "[",
                       param.minimum.dump(), param.maximum.dump());
  if (low) text += (param.above_minimum ? " > " : " >= ") + param.minimum.dump();
  if (high) text += " <= " + param.maximum.dump();
  return text;
}

std::vector<std::vector<std::string>> rows_of(const std::vector<ParamSpec>& params) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& param : params)
    rows.push_back({param.name, kind_of(param),
                    param.fallback.is_null() ? "must be given" : "= " + param.fallback.dump(),
                    param.doc + (param.operational ? " (changes no result)" : "")});
  return rows;
}

/// The opening comment, or what little is known where there is none.
std::string comment_of(const std::string& doc, const std::string& type, const std::string& summary) {
  std::string text = doc.empty() ? type + (summary.empty() ? "" : ": " + summary) : doc;
  text.erase(text.find_last_not_of('\n') + 1);
  return text + "\n";
}

std::string component_line(const ComponentSpec& spec) {
  return "component: " + spec.interface + (spec.summary.empty() ? "" : ", " + spec.summary);
}

std::string whence(const registry::Origin& origin, const std::string& source) {
  return section("source", {{source}, {origin.file.string()}, {"build " + origin.build_id}});
}

std::string folder_of(const std::string& type) { return type.substr(0, type.find('.')); }

/// How a component is used, and its parameters.
std::string use_of(const ComponentSpec& spec) {
  return "\na component of the interface " + spec.interface + ": nodes take it by name, or as a Model\n" +
         section("parameters of the component", rows_of(spec.params));
}

Json with_origin(Json json, const registry::Origin& origin) {
  json["plugin"] = origin.plugin;
  json["file"] = origin.file.string();
  json["build_id"] = origin.build_id;
  return json;
}

}  // namespace

std::string list_page(const registry::Catalogue& catalogue) {
  std::map<std::string, std::vector<std::vector<std::string>>> folders;
  for (const auto& [type, offer] : catalogue.nodes())
    folders[folder_of(type)].push_back({type, offer.spec.summary});
  for (const auto& [type, offer] : catalogue.components())
    if (!catalogue.node(type))
      folders[folder_of(type)].push_back({type, component_line(offer.spec)});
  std::string text;
  for (const auto& [folder, rows] : folders)
    text += (text.empty() ? "" : "\n") + folder + "\n" + columns(rows);
  return text;
}

std::string manual_page(const registry::NodeOffer& node) {
  const NodeSpec& spec = node.spec;
  std::string text = comment_of(spec.doc, spec.type, spec.summary);
  text += section("inputs", rows_of(spec.inputs));
  text += section("outputs", rows_of(spec.outputs));
  text += section("parameters", rows_of(spec.params));
  if (spec.draws) text += "\ndraws random numbers: its key holds the seed and `stream`\n";
  if (spec.map_chunk > 0)
    text += fmt::format("\nworks item by item, {} to a chunk; finished chunks are kept\n",
                        spec.map_chunk);
  return text + whence(node, spec.source);
}

std::string manual_page(const registry::ComponentOffer& component) {
  const ComponentSpec& spec = component.spec;
  return comment_of(spec.doc, spec.type, spec.summary) + use_of(spec) + whence(component, spec.source);
}

std::string manual_page(const registry::NodeOffer& node, const registry::ComponentOffer& component) {
  return manual_page(node) + use_of(component.spec);
}

Json manual_json(const registry::NodeOffer& node) { return with_origin(to_json(node.spec), node); }

Json manual_json(const registry::ComponentOffer& component) {
  const Json manifest = to_json(Manifest{{}, {}, {}, {component.spec}, {}});
  return with_origin(manifest["components"][0], component);
}

Json list_json(const registry::Catalogue& catalogue) {
  Json nodes = Json::array(), components = Json::array();
  for (const auto& [type, offer] : catalogue.nodes()) nodes.push_back(manual_json(offer));
  for (const auto& [type, offer] : catalogue.components()) components.push_back(manual_json(offer));
  return {{"nodes", nodes}, {"components", components}};
}

}  // namespace bgraph::cli

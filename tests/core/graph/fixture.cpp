#include "fixture.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace bgraph::graph {

std::filesystem::path graphs_folder() {
  return std::filesystem::path(BGRAPH_SOURCE_DIR) / "tests/graphs";
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

namespace {

/// The fields a manifest of today has, with the values of a declaration that says nothing.
Json filled(Json given, const Json& defaults) {
  Json all = defaults;
  all.update(given);
  return all;
}

Manifest fixture_manifest() {
  const Json defaults = to_json(Manifest{"fixture", "1", {{.inputs = {{}}, .params = {{}}}}, {{}}, {}});
  const Json param_defaults = defaults["nodes"][0]["params"][0];
  const Json node_defaults = defaults["nodes"][0];
  Json manifest = filled(Json::parse(text_of(graphs_folder() / "manifest.json")), defaults);
  for (auto& component : manifest["components"]) {
    component = filled(component, defaults["components"][0]);
    for (auto& param : component["params"]) param = filled(param, param_defaults);
  }
  for (auto& node : manifest["nodes"]) {
    for (const char* ports : {"inputs", "outputs"})
      for (auto& port : node[ports]) port = filled(port, node_defaults["inputs"][0]);
    for (auto& param : node["params"]) param = filled(param, param_defaults);
    for (const char* list : {"inputs", "outputs", "params"})
      if (node[list].is_null()) node[list] = Json::array();
    node = filled(node, node_defaults);
  }
  return manifest_from_json(manifest);
}

}  // namespace

const registry::Catalogue& fixture_nodes() {
  static const registry::Catalogue catalogue = [] {
    registry::Catalogue made;
    made.add(fixture_manifest(), "fixture.so", "0123");
    return made;
  }();
  return catalogue;
}

std::filesystem::path ScratchFolder::write(const std::string& name, const std::string& text) const {
  const auto file = path / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

std::string problems_of(const std::string& text, const Choices& choices) {
  const ScratchFolder folder;
  const auto file = folder.write("graph.toml", text);
  try {
    const Checked checked = load(file, fixture_nodes(), choices);
    return spell(checked.problems, checked.sources);
  } catch (const WrongGraph& wrong) {
    return wrong.report();
  }
}

}  // namespace bgraph::graph

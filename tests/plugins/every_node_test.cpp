// What every node owes its reader, whoever wrote it: a new plugin is tested by existing.
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

using namespace bgraph;

namespace {

/// The words of a manual that are in danger of being forgotten.
bool speaks_of(const NodeSpec& node, const std::string& word) { return node.doc.find(word) != std::string::npos; }

}  // namespace

TEST_CASE("every node explains itself: summary, manual with usage, ports and parameters", "[plugins]") {
  for (const auto& manifest : testing::manifests())
    for (const auto& node : manifest.nodes) {
      INFO("node " << node.type << " in " << node.source);
      CHECK(node.doc.starts_with(node.type + ": "));
      CHECK(node.summary.size() > 10);
      CHECK(speaks_of(node, "type"));       // the usage example names it
      CHECK(speaks_of(node, node.type));
      CHECK((node.declares_ports || !node.outputs.empty()));
      for (const auto& ports : {node.inputs, node.outputs})
        for (const auto& port : ports) {
          INFO("port " << port.name);
          CHECK(port.doc.size() > 3);
        }
      for (const auto& param : node.params) {
        INFO("parameter " << param.name);
        CHECK(param.doc.size() > 3);
      }
    }
}

TEST_CASE("every node's name is its place: folder.file", "[plugins]") {
  for (const auto& manifest : testing::manifests())
    for (const auto& node : manifest.nodes) {
      std::string path = node.type;
      path.replace(path.find('.'), 1, "/");
      CHECK(node.source == "plugins/" + path + ".cpp");
    }
}

TEST_CASE("every default obeys its own rule", "[plugins]") {
  for (const auto& manifest : testing::manifests()) {
    std::vector<std::pair<std::string, ParamSpec>> params;
    for (const auto& node : manifest.nodes)
      for (const auto& param : node.params) params.emplace_back(node.type, param);
    for (const auto& component : manifest.components)
      for (const auto& param : component.params) params.emplace_back(component.type, param);
    for (const auto& [owner, param] : params) {
      INFO(owner << " " << param.name);
      if (!param.fallback.is_null()) CHECK(param_problem(param, param.fallback) == "");
    }
  }
}

TEST_CASE("a node that fits cannot be given test or truth data", "[plugins]") {
  for (const auto& manifest : testing::manifests())
    for (const auto& node : manifest.nodes)
      for (const auto& port : node.inputs) {
        const bool learns = port.name.find("train") != std::string::npos && node.type.find("train") != std::string::npos;
        INFO(node.type << " input " << port.name);
        if (learns) CHECK(port.fits);
      }
}

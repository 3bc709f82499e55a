#include <bgraph/core/run/read_record.h>

#include <bgraph/core/graph/check.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

Outcome outcome_of(const std::string& text) {
  for (const Outcome outcome : {Outcome::hit, Outcome::ran, Outcome::failed, Outcome::blocked, Outcome::cancelled})
    if (text == to_text(outcome)) return outcome;
  throw Error("unknown outcome '" + text + "'");
}

NodeRecord node_of(const Json& json, const registry::Catalogue& catalogue) {
  NodeRecord node{.name = json.at("name"),
                  .node = json.at("node"),
                  .type = json.at("type"),
                  .plugin = json.at("plugin"),
                  .build_id = json.at("build_id"),
                  .params = json.at("params"),
                  .inputs = json.at("inputs"),
                  .key = json.at("key"),
                  .why = json.at("why"),
                  .outcome = outcome_of(json.at("outcome")),
                  .start_s = json.at("start_s"),
                  .seconds = json.at("seconds"),
                  .peak_mib = json.at("peak_mib"),
                  .chunks = json.at("chunks"),
                  .warnings = json.at("warnings"),
                  .error = json.at("error"),
                  .profile = json.at("profile")};
  if (const NodeSpec* spec = catalogue.node(node.type)) node.summary = spec->summary;
  for (const auto& [port, output] : json.at("outputs").items()) {
    node.outputs[port] = Digest::from_hex(output.at("digest").get<std::string>());
    node.output_types[port] = output.at("type");
  }
  return node;
}

/// Where the resolved text of each graph file stands.
std::map<std::string, fs::path> graph_files(const fs::path& folder, const Json& manifest) {
  std::map<std::string, fs::path> files;
  if (fs::exists(folder / "graphs/index.json")) {
    const Json index = Json::parse(store::read_text(folder / "graphs/index.json"));
    for (const auto& [file, written] : index.items()) files[file] = folder / written.get<std::string>();
  } else {
    for (const auto& cell : manifest.at("cells")) files[cell.at("file")] = folder / "graph.toml";
  }
  return files;
}

CellRecord cell_of(const Json& json, const std::map<std::string, fs::path>& files, const RunRecord& record,
                   const registry::Catalogue& catalogue) {
  CellRecord cell;
  cell.name = json.at("name");
  const std::string file = json.at("file");
  if (const auto written = files.find(file); written != files.end() && fs::exists(written->second))
    cell.graph = graph::load(written->second, catalogue, {}).graph;
  cell.graph.file = file;
  cell.graph.settings.title = json.at("title");
  cell.graph.settings.seed = json.at("seed");
  cell.graph.setting = json.value("setting", "");
  cell.graph.is_baseline = json.value("baseline", false);
  for (const auto& [node, step] : json.at("nodes").items())
    for (size_t i = 0; i < record.nodes.size(); ++i)
      if (step == record.nodes[i].name) cell.nodes[node] = i;
  return cell;
}

}  // namespace

fs::path find_run(const std::string& what, const fs::path& runs) {
  for (const auto& folder : {runs / what, fs::path(what)})
    if (fs::exists(folder / "manifest.json")) return folder;
  std::vector<std::string> known;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(runs, none))
    if (fs::exists(entry.path() / "manifest.json")) known.push_back(entry.path().filename());
  const std::string hint = did_you_mean(what, known);
  throw Error("there is no run '" + what + "' in " + runs.string(),
              hint.empty() ? "`--runs` says where runs are; a run's folder can be named too" : hint);
}

Json read_manifest(const fs::path& folder) {
  const Json manifest = Json::parse(store::read_text(folder / "manifest.json"), nullptr, false);
  if (!manifest.is_object() || !manifest.contains("nodes") || !manifest.contains("store"))
    throw Error((folder / "manifest.json").string() + " is no manifest of a run", "run the graph again");
  return manifest;
}

std::set<std::string> types_in(const Json& manifest) {
  std::set<std::string> types;
  for (const auto& node : manifest.at("nodes")) types.insert(node.value("type", ""));
  return types;
}

RunRecord read_record(const fs::path& folder, const registry::Catalogue& catalogue) {
  const Json manifest = read_manifest(folder);
  try {
    RunRecord record{.name = manifest.at("name"),
                     .folder = folder,
                     .store = manifest.at("store").get<std::string>(),
                     .command_line = manifest.at("command_line"),
                     .started_at = manifest.at("started_at"),
                     .ended_at = manifest.at("ended_at"),
                     .seconds = manifest.at("seconds"),
                     .workers = manifest.at("workers"),
                     .threads = manifest.at("threads"),
                     .final_scores = manifest.at("final"),
                     .looks = manifest.at("looks"),
                     .interrupted = manifest.at("interrupted"),
                     .versions = manifest.at("versions")};
    for (const auto& node : manifest.at("nodes")) record.nodes.push_back(node_of(node, catalogue));
    const auto files = graph_files(folder, manifest);
    for (const auto& cell : manifest.at("cells")) record.cells.push_back(cell_of(cell, files, record, catalogue));
    return record;
  } catch (const Json::exception& error) {
    throw Error((folder / "manifest.json").string() + " is malformed: " + error.what(), "run the graph again");
  }
}

}  // namespace bgraph::run

#include <bgraph/core/run/capsule.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/store.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>

#include <algorithm>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

Json read_json(const fs::path& file) {
  const Json json = Json::parse(store::read_text(file), nullptr, false);
  if (!json.is_object()) throw Error(file.string() + " is damaged");
  return json;
}

const Json& node_named(const Json& manifest, const std::string& name, const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& node : manifest.at("nodes")) {
    if (node.at("name") == name) return node;
    names.push_back(node.at("name"));
  }
  throw Error(folder.string() + " has no node '" + name + "'", did_you_mean(name, names));
}

/// The unit of a finished node: the record says what went in, the manifest with which parameters.
Unit unit_of(const Json& node, const store::Store& store, const store::KeyRecord& record) {
  const Json& fields = record.preimage;
  Unit unit{.node = node.at("name"), .type = node.at("type"), .key = record.key, .params = node.at("params"),
            .seed = fields.value("seed", int64_t{0}), .stream = fields.value("stream", node.at("type").get<std::string>()),
            .device = fields.at("device"), .precision = fields.at("precision"), .store = store.root().string()};
  for (const auto& [port, digests] : fields.at("inputs").items())
    for (const auto& digest : digests) unit.inputs[port].push_back(Digest::from_hex(digest.get<std::string>()));
  return unit;
}

Json of_finished(const Json& node, const store::Store& store) {
  const std::string key = node.at("key");
  const auto record = key.empty() ? std::nullopt : store.record(key);
  if (!record)
    throw Error("node '" + node.at("name").get<std::string>() + "' has not run" +
                    (key.empty() ? std::string() : ", or its record is no longer in " + store.root().string()),
                "run the graph again");
  Json recorded = Json::object();
  for (const auto& [port, digest] : record->outputs) recorded[port] = digest.hex();
  return {{"unit", to_json(unit_of(node, store, *record))}, {"recorded", recorded}};
}

}  // namespace

Json capsule_of(const fs::path& run_folder, const std::string& name, const registry::Catalogue& catalogue) {
  const Json manifest = read_json(run_folder / "manifest.json");
  const Json& node = node_named(manifest, name, run_folder);
  std::string file = name;
  std::replace(file.begin(), file.end(), '/', '.');
  const fs::path left = run_folder / "capsules" / (file + ".json");
  Json capsule = fs::exists(left) ? read_json(left) : of_finished(node, store::Store(manifest.at("store")));
  if (!capsule.contains("build_id")) capsule["build_id"] = node.at("build_id");
  capsule["threads"] = manifest.at("threads");
  const auto* offer = catalogue.node_offer(node.at("type"));
  if (offer == nullptr) throw Error("no plugin offers node type '" + node.at("type").get<std::string>() + "'");
  capsule["unit"]["plugin"] = offer->file.string();
  capsule["unit"]["components"] = *catalogue.component_files();
  return capsule;
}

}  // namespace bgraph::run

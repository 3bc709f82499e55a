#include <bgraph/sdk/host/plugin_host.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/host/source_comment.h>
#include <bgraph_abi_note.h>
#include <boost/dll/shared_library.hpp>

namespace bgraph {

struct PluginHost::Loaded {
  boost::dll::shared_library library;
  const PluginEntries* entries = nullptr;
  std::string name, version, build_id;
  std::string identity() const { return identity_of(name, entries->semantic_version, build_id); }
};

PluginHost::PluginHost() = default;

PluginHost::~PluginHost() {
  // Libraries are never unloaded: objects made by plugins, and LibTorch itself, may outlive any order.
  for (auto& [file, plugin] : loaded_) plugin.release();
}

const AbiNote& host_note() {
  static constexpr AbiNote note = make_abi_note("host", kSdkVersion);
  return note;
}

const PluginEntries& PluginHost::load(const std::filesystem::path& file) {
  const auto path = std::filesystem::weakly_canonical(file);
  if (const auto found = loaded_.find(path); found != loaded_.end()) return *found->second->entries;
  const PluginFile plugin = read_plugin_file(path);
  const auto differences = abi_differences(host_note(), plugin.note);
  if (!differences.empty()) {
    std::string text = "plugin " + path.string() + " was built for another bgraph:";
    for (const auto& difference : differences) text += "\n    " + difference;
    throw Error(text);
  }
  auto loaded = std::make_unique<Loaded>();
  loaded->name = plugin_name(plugin.note);
  loaded->version = plugin.note.plugin_version;
  loaded->build_id = plugin.build_id;
  try {
    // Everything is resolved now and stays local; the exact path, no decorations.
    loaded->library.load(path.string(), boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    loaded->entries = loaded->library.get<PluginEntryFunction>(kPluginEntry)();
  } catch (const std::exception& error) {
    throw Error("plugin " + path.string() + " cannot be loaded: " + error.what());
  }
  for (const auto& component : loaded->entries->components) component_files_[component.type] = path;
  return *loaded_.emplace(path, std::move(loaded)).first->second->entries;
}

void PluginHost::offer_components(const ComponentFiles& files) {
  for (const auto& [type, file] : files) component_files_[type] = std::filesystem::weakly_canonical(file);
}

std::unique_ptr<Node> PluginHost::make_node(const std::string& type, const Json& params) {
  for (const auto& [file, plugin] : loaded_)
    for (const auto& entry : plugin->entries->nodes)
      if (entry.type == type) return entry.create(params, type);
  throw Error("no loaded plugin offers the node type '" + type + "'");
}

const ComponentEntry& PluginHost::component(const std::string& type) {
  const auto file = component_files_.find(type);
  if (file == component_files_.end()) {
    std::vector<std::string> known;
    for (const auto& [name, where] : component_files_) known.push_back(name);
    throw Error("no plugin offers the component '" + type + "'", did_you_mean(type, known));
  }
  for (const auto& entry : load(file->second).components)
    if (entry.type == type) return entry;
  throw Error("plugin " + file->second.string() + " does not offer the component '" + type + "'");
}

std::shared_ptr<Component> PluginHost::make_component(const std::string& type, const Json& params,
                                                      std::string_view interface) {
  const auto& entry = component(type);
  if (!interface.empty() && entry.interface != interface)
    throw Error("component '" + type + "' is a " + entry.interface + ", here a " + std::string(interface) +
                " is needed");
  return entry.create(params, type);
}

std::string PluginHost::build_id_of_component(const std::string& type) {
  component(type);
  return loaded_.at(component_files_.at(type))->identity();
}

Manifest PluginHost::describe(const std::filesystem::path& file, const std::filesystem::path& source_root) {
  const auto& entries = load(file);
  const auto& plugin = *loaded_.at(std::filesystem::weakly_canonical(file));
  Manifest manifest{plugin.name, plugin.version, {}, {}, entries.semantic_version};
  for (const auto& entry : entries.nodes) {
    NodeSpec spec = entry.describe();
    spec.type = entry.type;
    spec.source = entry.source;
    spec.doc = opening_comment(source_root / entry.source);
    spec.summary = first_sentence(spec.doc);
    manifest.nodes.push_back(std::move(spec));
  }
  for (const auto& entry : entries.components) {
    const std::string doc = opening_comment(source_root / entry.source);
    manifest.components.push_back({.type = entry.type,
                                   .interface = entry.interface,
                                   .summary = first_sentence(doc),
                                   .doc = doc,
                                   .source = entry.source,
                                   .params = entry.describe()});
  }
  return manifest;
}

}  // namespace bgraph

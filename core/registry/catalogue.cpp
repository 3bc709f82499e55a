#include <bgraph/core/registry/catalogue.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <utility>

namespace bgraph::registry {

namespace {

template <class Offer, class Spec>
void claim(std::map<std::string, Offer>& offers, const Spec& spec, const Origin& origin,
           const std::string& what) {
  const auto [place, added] = offers.try_emplace(spec.type, Offer{origin, spec});
  if (!added)
    throw Error(what + " '" + spec.type + "' is offered by two plugins: " +
                    place->second.file.string() + " and " + origin.file.string(),
                "remove one of the files, or name one folder with --plugins");
}

template <class Offer>
const Offer* find(const std::map<std::string, Offer>& offers, const std::string& type) {
  const auto found = offers.find(type);
  return found == offers.end() ? nullptr : &found->second;
}

template <class Offer>
std::vector<std::string> types_of(const std::map<std::string, Offer>& offers,
                                  const std::map<std::string, std::string>& unbuilt) {
  std::vector<std::string> types;
  for (const auto& [type, offer] : offers) types.push_back(type);
  for (const auto& [type, plugin] : unbuilt) types.push_back(type);
  std::sort(types.begin(), types.end());
  return types;
}

std::string advice_on(const std::string& type, const std::map<std::string, std::string>& unbuilt,
                      const std::vector<std::string>& all) {
  if (const auto plugin = unbuilt.find(type); plugin != unbuilt.end())
    return "its plugin is not built for this bgraph: ./bgraph build " + plugin->second;
  const auto whole = std::find_if(all.begin(), all.end(), [&](const auto& known) { return known.ends_with("." + type); });
  return whole != all.end() ? "did you mean '" + *whole + "'?" : did_you_mean(type, all);
}

}  // namespace

void Catalogue::add(const Manifest& manifest, const std::filesystem::path& file,
                    const std::string& build_id) {
  const Origin origin{manifest.plugin, file, build_id, manifest.semantic_version};
  for (const auto& node : manifest.nodes) claim(nodes_, node, origin, "node");
  for (const auto& component : manifest.components)
    claim(components_, component, origin, "component");
}

const NodeOffer* Catalogue::node_offer(const std::string& type) const { return find(nodes_, type); }

const NodeSpec* Catalogue::node(const std::string& type) const {
  const NodeOffer* offer = node_offer(type);
  return offer ? &offer->spec : nullptr;
}

const ComponentOffer* Catalogue::component(const std::string& type) const {
  return find(components_, type);
}

std::shared_ptr<const ComponentFiles> Catalogue::component_files() const {
  ComponentFiles files;
  for (const auto& [type, offer] : components_) files[type] = offer.file.string();
  return std::make_shared<const ComponentFiles>(std::move(files));
}

std::vector<std::string> Catalogue::node_types() const { return types_of(nodes_, unbuilt_nodes_); }

std::vector<std::string> Catalogue::component_types() const { return types_of(components_, unbuilt_components_); }

std::string Catalogue::advice(const std::string& type) const {
  return advice_on(type, unbuilt_nodes_, node_types());
}

std::string Catalogue::component_advice(const std::string& type) const {
  return advice_on(type, unbuilt_components_, component_types());
}

}  // namespace bgraph::registry

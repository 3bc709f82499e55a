#include <bgraph/core/plan/components.h>

namespace bgraph::plan {

std::string rebuilt_component(const Json& meta, const registry::Catalogue& catalogue) {
  if (!meta.is_structured()) return {};
  if (meta.is_object() && meta.contains("component") && meta.contains("build_id")) {
    const auto* offer = catalogue.component(meta["component"].get<std::string>());
    if (offer != nullptr && meta["build_id"] != offer->identity()) return meta["component"];
  }
  for (const auto& member : meta)
    if (std::string found = rebuilt_component(member, catalogue); !found.empty()) return found;
  return {};
}

std::string rebuilt_component(const store::KeyRecord& record, const store::Store& store,
                              const registry::Catalogue& catalogue) {
  for (const auto& [port, digest] : record.outputs)
    if (std::string found = rebuilt_component(store.open(digest).meta, catalogue); !found.empty()) return found;
  return {};
}

}  // namespace bgraph::plan

#include <bgraph/core/plan/components.h>

namespace bgraph::plan {

std::string rebuilt_component(const std::vector<store::Build>& builds, const registry::Catalogue& catalogue) {
  for (const auto& build : builds) {
    const auto* offer = catalogue.component(build.component);
    if (offer != nullptr && build.build_id != offer->identity()) return build.component;
  }
  return {};
}

}  // namespace bgraph::plan

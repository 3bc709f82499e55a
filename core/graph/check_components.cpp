// Components that a node builds by name: is there one of that name and interface, does it take these parameters?
//
// Which parameters name components is told by how they are declared:
//   component = "features.vgg"        a text of this name: a component of any interface
//   predictor = "decoding.mlp"        a text whose default is a component: another of the same interface
//   settings  = { width = 64 }        a table of this name: parameters of `component`
//   parts     = { ROLE = { component = "...", settings = { ... }, parts = { ... } } }
#include <bgraph/core/graph/checking.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

namespace bgraph::graph {

namespace {

const std::string kAnyComponent;

class ComponentCheck {
 public:
  ComponentCheck(Checking& checking, Owner owner) : checking_(checking), owner_(std::move(owner)) {}

  /// Null once something is wrong with the name.
  const ComponentSpec* named(const Value& name, const std::string& wanted) {
    if (!name.is_text()) return nullptr;  // told by the check of the parameter
    const auto* offer = checking_.catalogue.component(name.text());
    if (offer == nullptr) {
      checking_.report(name.span, fmt::format("{}: there is no component '{}'", owner_(), name.text()),
                       checking_.catalogue.component_advice(name.text()), {"`bgraph inspect` lists components"});
      return nullptr;
    }
    if (wanted == kAnyComponent || offer->spec.interface == wanted) return &offer->spec;
    checking_.report(name.span,
                     fmt::format("{}: '{}' offers {}, expected {}", owner_(), name.text(), offer->spec.interface, wanted),
                     fmt::format("components that offer it: {}", fmt::join(offering(wanted), ", ")));
    return nullptr;
  }

  void settings(const ComponentSpec& component, const Value* table, const Span& place) {
    const Owner owner = [&] { return fmt::format("{}: component '{}'", owner_(), component.type); };
    for (const auto& spec : component.params)
      if (spec.fallback.is_null() && (table == nullptr || !table->find(spec.name)))
        checking_.report(place, fmt::format("{} needs the setting '{}'", owner(), spec.name), {},
                         {fmt::format("{} ({}): {}", spec.name, to_text(spec.kind), spec.doc)});
    if (table == nullptr || !table->is_table()) return;
    for (const auto& entry : table->entries) {
      const auto known = std::find_if(component.params.begin(), component.params.end(),
                                      [&](const ParamSpec& spec) { return spec.name == entry.key; });
      if (known == component.params.end())
        checking_.report(entry.span, fmt::format("{} has no parameter '{}'", owner(), entry.key),
                         did_you_mean(entry.key, names_of(component.params)));
      else
        checked_param(checking_, owner, *known, entry.value);
    }
  }

  /// { role = { component = "...", settings = { ... }, parts = { ... } } }
  void parts(const Value& table) {
    if (!table.is_table()) return;
    for (const auto& role : table.entries) {
      if (!role.value.is_table()) {
        checking_.report(role.value.span, fmt::format("{}: part '{}' is no table", owner_(), role.key), kPartForm);
        continue;
      }
      for (const auto& entry : role.value.entries)
        if (entry.key != "component" && entry.key != "settings" && entry.key != "parts")
          checking_.report(entry.span, fmt::format("{}: part '{}' has no '{}'", owner_(), role.key, entry.key),
                           did_you_mean(entry.key, {"component", "settings", "parts"}));
      const Value* name = role.value.find("component");
      if (name == nullptr || !name->is_text())
        checking_.report(name ? name->span : role.span,
                         fmt::format("{}: part '{}' needs the name of a component", owner_(), role.key), kPartForm);
      else if (const ComponentSpec* component = named(*name, kAnyComponent))
        settings(*component, role.value.find("settings"), role.span);
      if (const Value* inner = role.value.find("parts")) parts(*inner);
    }
  }

 private:
  static constexpr const char* kPartForm = "ROLE = { component = \"FOLDER.NAME\" }";

  std::vector<std::string> offering(const std::string& interface) const {
    std::vector<std::string> types;
    for (const auto& [type, offer] : checking_.catalogue.components())
      if (offer.spec.interface == interface) types.push_back(type);
    return types;
  }

  Checking& checking_;
  Owner owner_;
};

}  // namespace

void check_components(Checking& checking, size_t node, const Value& table) {
  const NodeSpec& spec = *checking.specs[node];
  ComponentCheck check(checking, [&] { return checking.label(node); });
  const ComponentSpec* component = nullptr;
  for (const auto& param : spec.params) {
    if (param.kind != ParamKind::text) continue;
    const bool any = param.name == "component";
    const auto* fallback = param.fallback.is_string() ? checking.catalogue.component(param.fallback.get<std::string>()) : nullptr;
    if (!any && fallback == nullptr) continue;
    const Value* given = table.find(param.name);
    const ComponentSpec* named = given      ? check.named(*given, any ? kAnyComponent : fallback->spec.interface)
                                 : fallback ? &fallback->spec
                                            : nullptr;
    if (any) component = named;
  }
  for (const auto& param : spec.params) {
    if (param.kind != ParamKind::table) continue;
    const Entry* given = table.entry(param.name);
    if (param.name == "parts" && given) check.parts(given->value);
    if (param.name != "settings" || component == nullptr) continue;
    const Entry* name = table.entry("component");
    const Span place = given ? given->span : name ? name->value.span : checking.resolved.nodes[node].span;
    check.settings(*component, given ? &given->value : nullptr, place);
  }
}

}  // namespace bgraph::graph

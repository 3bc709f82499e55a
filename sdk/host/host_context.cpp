#include <bgraph/sdk/host/host_context.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/parameter_kind.h>

namespace bgraph {

Model HostContext::recipe(const std::string& component, const Json& params) {
  const auto& entry = plugins_.component(component);
  Model model;
  model.component = component;
  model.build_id = plugins_.build_id_of_component(component);
  model.params = canonical_params(entry.describe(), params, component);
  return model;
}

std::shared_ptr<Component> HostContext::build_component(const Model& model, std::string_view interface) {
  ParameterKind kind = parameter_kind();
  kind.filled = model.weights.empty();  // what is loaded next need not be filled first
  const ParameterScope scope(kind);
  auto component = plugins_.make_component(model.component, model.params, interface);
  std::map<std::string, std::shared_ptr<Component>> parts;
  for (const auto& [role, part] : model.parts)
    parts[role] = build_component(part, plugins_.component(part.component).interface);
  component->set_parts(parts);
  if (!model.weights.empty()) load_weights(*component, model.weights, model.component);
  if (!kind.device.is_meta()) component->to(device());
  component->eval();
  return component;
}

}  // namespace bgraph

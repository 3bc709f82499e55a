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
  ParameterKind kind = parameter_kind();  // a caller's scope for shapes alone or another precision stays in force
  kind.filled = kind.filled && model.weights.empty();  // weights that come next need no filling
  if (precision() != at::kFloat) kind.dtype = precision();
  if (!kind.device.is_meta()) kind.device = device();
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

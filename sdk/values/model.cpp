#include <bgraph/sdk/values/model.h>

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/empty.h>

namespace bgraph {

namespace {

Json recipe_of(const Model& model) {
  Json parts = Json::object();
  for (const auto& [role, part] : model.parts) parts[role] = recipe_of(part);
  return {{"component", model.component}, {"build_id", model.build_id}, {"params", model.params},
          {"notes", model.notes}, {"trained_space", model.trained_space}, {"parts", parts}};
}

/// Tensors of a nested part live under "role/...": roles hold no slash.
void collect(const Model& model, const std::string& prefix, Value& value) {
  for (const auto& [name, tensor] : model.weights) value.tensors[prefix + "weight." + name] = tensor;
  if (model.trained_on.defined()) value.tensors[prefix + "trained_on"] = model.trained_on;
  for (const auto& [role, part] : model.parts) collect(part, prefix + role + "/", value);
}

Model restore(const Json& recipe, const std::string& prefix, const Value& value) {
  Model model{.component = recipe.at("component"),
              .build_id = recipe.at("build_id"),
              .params = recipe.at("params"),
              .trained_space = recipe.at("trained_space"),
              .notes = recipe.at("notes")};
  const std::string weights = prefix + "weight.";
  for (auto it = value.tensors.lower_bound(weights); it != value.tensors.end() && it->first.starts_with(weights); ++it)
    model.weights[it->first.substr(weights.size())] = it->second;
  const auto ids = value.tensors.find(prefix + "trained_on");
  if (ids != value.tensors.end()) model.trained_on = ids->second;
  for (const auto& [role, part] : recipe.at("parts").items())
    model.parts[role] = restore(part, prefix + role + "/", value);
  return model;
}

}  // namespace

Value Model::to_value() const {
  Value value{.type = kType, .meta = {{"recipe", recipe_of(*this)}}};
  collect(*this, "", value);
  return value;
}

Model Model::from_value(const Value& value) { return restore(value.meta.at("recipe"), "", value); }

}  // namespace bgraph

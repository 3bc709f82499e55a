#include "open_model.h"

#include <bgraph/sdk/contract/error.h>

namespace bgraph::decoding {

OpenModel::OpenModel(Context& ctx, Model recipe) : recipe_(std::move(recipe)), component_(ctx.build<Component>(recipe_)) {
  std::map<std::string, std::shared_ptr<Component>> parts;
  for (const auto& [role, part] : recipe_.parts)
    parts[role] = parts_.emplace(role, OpenModel(ctx, part)).first->second.component_;
  component_->set_parts(parts);  // ours instead of those nobody else can reach
}

const OpenModel& OpenModel::part(const std::string& role) const {
  const auto found = parts_.find(role);
  if (found == parts_.end()) throw Error(recipe_.component + " has no part '" + role + "'");
  return found->second;
}

void OpenModel::freeze() {
  frozen_ = true;
  component_->eval();
  for (auto& parameter : component_->parameters()) parameter.set_requires_grad(false);
  for (auto& [role, part] : parts_) part.freeze();
}

void OpenModel::freeze(std::string_view interface) {
  if (component_->interface() == interface) freeze();
  for (auto& [role, part] : parts_) part.freeze(interface);
}

void OpenModel::train(bool on) {
  component_->train(on && !frozen_);
  for (auto& [role, part] : parts_) part.train(on);
}

NamedTensors OpenModel::parameters(const std::string& prefix) const {
  NamedTensors all = trainable(*component_, prefix);
  for (const auto& [role, part] : parts_) all.merge(part.parameters(prefix + role + "/"));
  return all;
}

Model OpenModel::model() const {
  Model model = recipe_;
  model.weights = weights_of(*component_);
  for (const auto& [role, part] : parts_) model.parts.at(role) = part.model();
  return model;
}

void OpenModel::require(std::string_view interface) const {
  if (component_->interface() != interface)
    throw Error(recipe_.component + " is a " + std::string(component_->interface()) + ", expected a " +
                std::string(interface));
}

}  // namespace bgraph::decoding

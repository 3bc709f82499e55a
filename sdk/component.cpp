#include <bgraph/sdk/component.h>

#include <bgraph/sdk/contract/error.h>

#include <bgraph/sdk/values/tensor.h>

namespace bgraph {

Component::Component() = default;
Component::~Component() = default;

void Component::set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) {
  if (!parts.empty()) throw Error("this component takes no parts, found '" + parts.begin()->first + "'");
}

namespace {

std::map<std::string, at::Tensor> named_tensors(const torch::nn::Module& module) {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

}  // namespace

std::map<std::string, at::Tensor> weights_of(const torch::nn::Module& module) {
  auto weights = named_tensors(module);
  for (auto& [name, tensor] : weights) tensor = tensor.detach().cpu().clone();
  return weights;
}

void load_weights(torch::nn::Module& module, const std::map<std::string, at::Tensor>& weights,
                  const std::string& owner) {
  const auto own = named_tensors(module);
  std::vector<std::string> given;
  for (const auto& [name, tensor] : weights) given.push_back(name);
  std::string problems;
  for (const auto& [name, tensor] : own) {
    const auto found = weights.find(name);
    if (found == weights.end()) {
      const std::string near = nearest(name, given);
      problems += "\n    missing '" + name + "'" + (near.empty() ? "" : " (nearest: '" + near + "')");
    } else if (found->second.sizes() != tensor.sizes()) {
      problems += "\n    '" + name + "' is " + shape_text(found->second) + ", expected " + shape_text(tensor);
    }
  }
  for (const auto& name : given)
    if (!own.count(name)) problems += "\n    unexpected '" + name + "'";
  if (!problems.empty()) throw Error("the weights do not fit " + owner + ":" + problems);
  for (const auto& [name, tensor] : own) tensor.detach().copy_(weights.at(name));
}

}  // namespace bgraph

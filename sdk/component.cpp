#include <bgraph/sdk/component.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/weights/coverage.h>

namespace bgraph {

Component::Component() = default;
Component::~Component() = default;

void Component::set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) {
  if (!parts.empty()) throw Error("this component takes no parts, found '" + parts.begin()->first + "'");
}

namespace {

NamedTensors named_tensors(const torch::nn::Module& module) {
  NamedTensors tensors;
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
  const auto places = named_tensors(module);
  const Coverage coverage = coverage_of(places, weights);
  if (!coverage.complete()) throw Error("the weights do not fit " + owner + ":" + coverage.problems());
  for (const auto& [name, place] : places) place.detach().copy_(weights.at(name));
}

}  // namespace bgraph

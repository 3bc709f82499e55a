#include <bgraph/sdk/weights/model_from_file.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/model_file.h>

#include <ATen/ops/tensor.h>

namespace bgraph {

namespace {

Json recipe_in(const std::map<std::string, std::string>& metadata) {
  const auto found = metadata.find(kRecipeMetadata);
  if (found == metadata.end())
    throw Error("the file's metadata has no recipe, so nothing says which component its weights belong to",
                "write model files with `bgraph export`");
  try {
    return Json::parse(found->second);
  } catch (const Json::exception& error) {
    throw Error(std::string("the recipe in the file's metadata is not JSON: ") + error.what());
  }
}

/// The model whose tensors are named `prefix` + weight; those of its parts have a role in between.
Model restored(Context& ctx, const Json& recipe, const std::string& prefix,
                      const std::map<std::string, at::Tensor>& tensors) {
  for (const char* entry : {"component", "params", "notes", "trained_space", "trained_on", "parts"})
    if (!recipe.contains(entry)) throw Error(std::string("the recipe has no entry '") + entry + "'");
  if (recipe.at("params").value("allow_code", false))
    throw Error("the file asks to run code (" + recipe.at("component").dump() + " with allow_code), which only a graph may allow",
                "io.load_torchscript takes a TorchScript file, with allow_code = true in the graph");
  Model model = ctx.recipe(recipe.at("component"), recipe.at("params"));
  model.notes = recipe.at("notes");
  model.trained_space = recipe.at("trained_space");
  model.trained_on = at::tensor(ids_in(recipe.at("trained_on")), at::kLong);
  for (auto it = tensors.lower_bound(prefix); it != tensors.end() && it->first.starts_with(prefix); ++it) {
    const std::string name = it->first.substr(prefix.size());
    if (name.find('/') == std::string::npos) model.weights[name] = it->second;
  }
  if (model.weights.empty() && recipe.at("parts").empty()) throw Error("the file holds no weights");
  for (const auto& [role, part] : recipe.at("parts").items())
    model.parts[role] = restored(ctx, part, prefix + role + "/", tensors);
  return model;
}

size_t count_weights(const Model& model) {
  size_t count = model.weights.size();
  for (const auto& [role, part] : model.parts) count += count_weights(part);
  return count;
}

}  // namespace

Model model_from_file(Context& ctx, const std::filesystem::path& file) {
  const auto tensors = read_safetensors(file);
  Model model = restored(ctx, recipe_in(read_safetensors_metadata(file)), "", tensors);
  if (const size_t used = count_weights(model); used != tensors.size())
    throw Error("the recipe has a place for " + std::to_string(used) + " of the file's " +
                std::to_string(tensors.size()) + " tensors");
  return model;
}

}  // namespace bgraph

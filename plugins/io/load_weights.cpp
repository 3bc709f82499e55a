// io.load_weights: published weights in a component: the graph says which component, the file has only names.
//
// The file is .safetensors, or the .safetensors.index.json of several. PyTorch checkpoints (.pt .pth .ckpt) become
// such files by `bgraph import`. Weights keep the dtype of the file; a component takes them in its own.
//
// How names in the file become names in the component is data (sdk/weights/prefix_map.h):
//
//   prefixes = { "model.diffusion_model." = "" }    take what is below this, without the prefix; the longest wins
//   ignore   = ["*.num_batches_tracked", "fc.*"]    never meant for the component
//
// Weights of a part (`parts`, by role) are those whose new name begins with "role/".
//
// Every place of the component must get a weight of its shape and every name that is left must have a place:
// otherwise it is an error that lists what is missing, unexpected (each with the nearest name) and of another
// shape. With partial = true a place without a weight keeps what a fresh component has there (zeros; norms the
// identity), a weight without a place is left out, and a warning counts both. `coverage` lists what came of it.
// A weight that is not a finite number is an error.
//
// The file enters the key by its content, with the shards of an index; it is hashed once, and again when it changes.
//
//   [nodes.dino]
//   type      = "io.load_weights"
//   file      = "${data}/weights/dinov2_vitl14_reg4.safetensors"
//   component = "features.dinov2"
//   settings  = { width = 1024, registers = 4 }

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/weights/coverage.h>
#include <bgraph/sdk/weights/prefix_map.h>
#include <bgraph/sdk/weights/weight_file.h>

#include <ATen/ops/aminmax.h>
#include <ATen/ops/empty.h>

#include <cmath>

namespace bgraph::io {

struct LoadWeightsParams {
  File file;
  std::string component;
  Json settings = Json::object();
  Json parts = Json::object();
  Json prefixes = Json::object();
  std::vector<std::string> ignore = {"*.num_batches_tracked"};
  bool partial = false;
  Json notes = Json::object();

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "weights: .safetensors or .safetensors.index.json");
    field("component", component, required(), "what the weights belong to (`bgraph inspect` lists components)");
    field("settings", settings, any(), "parameters of the component, where they are not its defaults");
    field("parts", parts, any(), "its parts by role: { role = { component, settings, parts } }");
    field("prefixes", prefixes, any(), "prefix in the file -> prefix in the component; empty: names are equal");
    field("ignore", ignore, any(), "names in the file that are left out; * stands for any letters");
    field("partial", partial, any(), "places without a weight and weights without a place are allowed");
    field("notes", notes, any(), "what consumers of the model read, as { name = \"dino\" }");
  }
};

class LoadWeights final : public Node {
 public:
  explicit LoadWeights(LoadWeightsParams params) : params_(std::move(params)) {}

  Out<Model> model{this, "model", "the component with its weights"};
  Out<Table> coverage{this, "coverage", "how many names matched, were missing, unexpected, left out; which"};

  void run(Context& ctx) override {
    try {
      Model loaded = recipe_of(ctx, {{"component", params_.component},
                                     {"settings", params_.settings},
                                     {"parts", params_.parts}});
      loaded.notes = params_.notes;
      Renamed given = renamed(read_weight_file(params_.file.path), params_.prefixes, params_.ignore);
      const ParameterScope scope({.filled = params_.partial});  // only shapes count, unless places keep their values
      const NamedTensors places = places_of(ctx, loaded, "");
      const Coverage found = coverage_of(places, given.tensors);
      require(ctx, found);
      for (const auto& missing : found.missing) given.tensors[missing.name] = places.at(missing.name).detach().clone();
      for (const auto& unexpected : found.unexpected) given.tensors.erase(unexpected.name);
      hand_out(given.tensors, loaded, "");
      coverage = table_of(found, given);
      model = std::move(loaded);
    } catch (Error& error) {
      throw error.during("loading " + params_.component + " from " + params_.file.path);
    }
  }

 private:
  static Model recipe_of(Context& ctx, const Json& asked) {
    for (const auto& [key, value] : asked.items())
      if (key != "component" && key != "settings" && key != "parts")
        throw Error("a part has no '" + key + "'", did_you_mean(key, {"component", "settings", "parts"}));
    if (!asked.value("component", Json()).is_string())
      throw Error("a part needs the name of a component, found " + asked.dump());
    Model model = ctx.recipe(asked.at("component"), asked.value("settings", Json::object()));
    model.trained_on = at::empty({0}, at::kLong);  // nobody says on which images
    const Json parts = asked.value("parts", Json::object());
    for (const auto& [role, part] : parts.items()) model.parts[role] = recipe_of(ctx, part);
    return model;
  }

  /// Where weights can go: the tensors of a fresh component, those of its parts below "role/".
  static NamedTensors places_of(Context& ctx, const Model& model, const std::string& prefix) {
    const auto fresh = ctx.build<Component>(model);
    NamedTensors places;
    for (const auto& item : fresh->named_parameters()) places[prefix + item.key()] = item.value();
    for (const auto& item : fresh->named_buffers()) places[prefix + item.key()] = item.value();
    for (const auto& [role, part] : model.parts) places.merge(places_of(ctx, part, prefix + role + "/"));
    return places;
  }

  void require(Context& ctx, const Coverage& found) const {
    if (!found.wrong_shape.empty() || (!params_.partial && !found.complete())) {
      std::string fix = found.prefix_hint();
      if (fix.empty() && found.wrong_shape.empty())
        fix = found.missing.empty() ? "ignore = [...] leaves names out" : "partial = true leaves places as they are";
      throw Error("the weights do not fit " + params_.component + ":" + found.problems(), fix);
    }
    if (found.matched.empty()) throw Error("no weight has a place in " + params_.component, found.prefix_hint());
    if (!found.complete())
      ctx.warn(std::to_string(found.missing.size()) + " of " +
               std::to_string(found.missing.size() + found.matched.size()) + " places of " + params_.component +
               " got no weight, " + std::to_string(found.unexpected.size()) + " weights no place:" + found.problems());
  }

  /// Gives the weights named `prefix` + name to the model, the others to its parts.
  static void hand_out(const NamedTensors& weights, Model& model, const std::string& prefix) {
    for (auto it = weights.lower_bound(prefix); it != weights.end() && it->first.starts_with(prefix); ++it) {
      const std::string name = it->first.substr(prefix.size());
      if (name.find('/') != std::string::npos) continue;
      require_finite(it->first, it->second);
      model.weights[name] = it->second;
    }
    for (auto& [role, part] : model.parts) hand_out(weights, part, prefix + role + "/");
  }

  static void require_finite(const std::string& name, const at::Tensor& weight) {
    if (!weight.is_floating_point() || weight.numel() == 0) return;
    const auto [low, high] = at::aminmax(weight.to(at::kFloat));  // NaN comes through
    if (!std::isfinite(low.item<float>()) || !std::isfinite(high.item<float>()))
      throw Error("the weight '" + name + "' holds numbers that are not finite: from " +
                  std::to_string(low.item<float>()) + " to " + std::to_string(high.item<float>()));
  }

  static Table table_of(const Coverage& found, const Renamed& given) {
    Table table{.title = "coverage"};
    table.column("tensors").column("names");
    const auto add = [&](const std::string& row, const std::vector<std::string>& names) {
      constexpr size_t kMost = 20;
      std::string text;
      for (size_t i = 0; i < std::min(names.size(), kMost); ++i) text += (i ? " " : "") + names[i];
      if (names.size() > kMost) text += " ...";
      table.row(row).cells = {{"tensors", static_cast<double>(names.size())}, {"names", text}};
    };
    const auto names_of_all = [](const std::vector<Coverage::Unmatched>& entries) {
      std::vector<std::string> names;
      for (const auto& entry : entries) names.push_back(entry.name);
      return names;
    };
    add("matched", found.matched);
    add("missing", names_of_all(found.missing));
    add("unexpected", names_of_all(found.unexpected));
    add("ignored", given.ignored);
    add("under no prefix", given.outside);
    return table;
  }

  LoadWeightsParams params_;
};

BGRAPH_NODE(LoadWeights, "io.load_weights")

}  // namespace bgraph::io

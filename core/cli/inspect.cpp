// bgraph inspect [WHAT]: the manual.
//
//   nothing                        all nodes by folder
//   voxels.noise_ceiling           one node or component: what it is, ports, parameters
//   3f2a9c01, a value's folder     what a value of the store holds (its digest, or the start of it)
//   weights.safetensors            tensors of a file
#include <bgraph/core/cli/manual.h>
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/stored_values.h>
#include <bgraph/core/cli/value_page.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/store/store.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

struct InspectVerb : PlaceOptions {
  std::string what;
  bool json = false;
};

int answer(const std::string& page) {
  fmt::print("{}", page);
  return kSuccess;
}

int answer(const Json& json) { return answer(json.dump(2) + "\n"); }

int show(const InspectVerb& options) {
  const std::filesystem::path path = options.what;
  std::error_code unknown;
  if (path.extension() == ".safetensors")
    return options.json ? answer(safetensors_json(path)) : answer(safetensors_page(path));
  if (std::filesystem::is_directory(path, unknown)) {
    const auto header = read_value_header(path);
    return options.json ? answer(to_json(header)) : answer(value_page(header));
  }
  const store::Store store(options.store);
  if (const auto digest = value_beginning(store, options.what)) {
    const auto header = store.open(*digest);
    return options.json ? answer(to_json(header)) : answer(value_page(header));
  }

  const auto plugins = options.what.empty() ? load_all_plugins(options) : load_plugins(options, {options.what});
  const auto& catalogue = plugins.catalogue;
  if (options.what.empty())
    return options.json ? answer(list_json(catalogue)) : answer(list_page(catalogue));
  const auto* node = catalogue.node_offer(options.what);
  const auto* component = catalogue.component(options.what);
  if (node && options.json) return answer(manual_json(*node));
  if (node) return answer(component ? manual_page(*node, *component) : manual_page(*node));
  if (component) return options.json ? answer(manual_json(*component)) : answer(manual_page(*component));
  auto known = catalogue.node_types();
  for (auto& type : catalogue.component_types()) known.push_back(std::move(type));
  throw Error(fmt::format("'{}' is no node, component, value or safetensors file", options.what),
              did_you_mean(options.what, known));
}

}  // namespace

void add_inspect(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("inspect", "The manual: nodes, components, values, weights");
  auto options = std::make_shared<InspectVerb>();
  verb->add_option("what", options->what,
                   "Node or component type, value folder or digest, .safetensors file");
  verb->add_flag("--json", options->json, "JSON instead of a page");
  add_place_options(*verb, *options);
  verb->footer("Examples:\n  bgraph inspect\n  bgraph inspect clusters.gmm\n  bgraph inspect 3f2a9c01\n");
  verb->callback([options, &action] { action = [options] { return show(*options); }; });
}

}  // namespace bgraph::cli

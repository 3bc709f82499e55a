// bgraph exec NODE --in PORT=FILE --out PORT=FILE --set KEY=VALUE: one node on files, outside any graph.
//
//   bgraph exec voxels.noise_ceiling --in voxels=v.safetensors --out ceiling=ceiling.npy --set trials=3
//   bgraph exec features.tokens --in images=photos/ --in model=net.safetensors --out features=f.safetensors
//
// For trying a node, and for checking one against another implementation. Which files a port takes and gives:
// core/worker/foreign_values.h. The node runs in a worker of its own; nothing is cached. A list port takes --in once
// per value. stdout: a line per output, whether it is written or not.
#include <bgraph/core/cli/building.h>
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/graph/document.h>
#include <bgraph/core/run/worker_environment.h>
#include <bgraph/core/run/worker_process.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/temporary.h>
#include <bgraph/core/store/user_temporary.h>
#include <bgraph/sdk/contract/unit.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct ExecVerb : PlaceOptions {
  std::string type;
  std::vector<std::string> in, out, sets;
  int64_t seed = 0, threads = 1;
  std::string device = "cpu", precision = "float32";
};

/// "port=file" -> both. Error that shows the form.
std::pair<std::string, std::string> split(const std::string& text, const std::string& option) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    throw Error(fmt::format("{} {}: expected NAME=VALUE", option, text));
  return {text.substr(0, at), text.substr(at + 1)};
}

const registry::NodeOffer& offer_of(const registry::Catalogue& catalogue, const std::string& type) {
  const auto* offer = catalogue.node_offer(type);
  if (offer == nullptr) throw Error("no plugin offers the node '" + type + "'", catalogue.advice(type));
  return *offer;
}

/// The node, and the components it may be given: by name, or as model files.
std::set<std::string> types_named(const ExecVerb& options) {
  std::set<std::string> types = {options.type};
  for (const auto& set : options.sets) types.insert(split(set, "--set").second);
  for (const auto& in : options.in) types.merge(components_in(split(in, "--in").second));
  return types;
}

Json params_of(const NodeSpec& spec, const std::vector<std::string>& sets) {
  Json given = Json::object();
  for (const auto& set : sets) {
    const auto [key, text] = split(set, "--set");
    const auto known = std::find_if(spec.params.begin(), spec.params.end(), [&](const ParamSpec& p) { return p.name == key; });
    const bool on_disk = known != spec.params.end() && (known->kind == ParamKind::file || known->kind == ParamKind::folder);
    given[key] = on_disk ? Json(fs::absolute(text).string()) : graph::parse_value(text).json();
  }
  return canonical_params(spec.params, given, spec.type);
}

/// [[port, absolute file], ...]; every port must be one of `ports`, and stand once unless it takes a list.
Json files_of(const std::vector<std::string>& pairs, const std::vector<PortSpec>& ports, const std::string& option) {
  Json files = Json::array();
  std::set<std::string> given;
  for (const auto& pair : pairs) {
    const auto [name, file] = split(pair, option);
    const auto port = std::find_if(ports.begin(), ports.end(), [&](const PortSpec& p) { return p.name == name; });
    if (port == ports.end())
      throw Error(fmt::format("{} {}: the node has no such port", option, pair), did_you_mean(name, names_of(ports)));
    if (!given.insert(name).second && !port->list) throw Error(fmt::format("{} {}: '{}' is given twice", option, pair, name));
    files.push_back({name, fs::absolute(file).string()});
  }
  for (const auto& port : ports)
    if (option == "--in" && !port.optional && !given.contains(port.name))
      throw Error(fmt::format("input '{}' ({}) must be given: {}", port.name, port.type, port.doc),
                  fmt::format("--in {}=FILE", port.name));
  return files;
}

Unit unit_of(const ExecVerb& options, const registry::Catalogue& catalogue) {
  const auto& offer = offer_of(catalogue, options.type);
  Unit unit{.node = options.type, .type = options.type, .plugin = offer.file.string(),
            .params = params_of(offer.spec, options.sets), .seed = options.seed, .stream = options.type,
            .device = options.device, .precision = options.precision, .components = catalogue.component_files()};
  return unit;
}

/// Starts the worker on the request with our own output, and waits. Error if it dies; its exit code otherwise.
int run_worker(const fs::path& worker, const fs::path& request, int64_t threads) {
  const auto environment = run::worker_environment(threads);
  std::vector<char*> variables;
  for (const auto& entry : environment) variables.push_back(const_cast<char*>(entry.c_str()));
  variables.push_back(nullptr);
  std::string program = worker.string(), verb = "--exec", file = request.string();
  char* arguments[] = {program.data(), verb.data(), file.data(), nullptr};
  pid_t child = 0;
  if (const int failed = ::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, variables.data()); failed != 0)
    throw Error(fmt::format("cannot start {}: {}", program, std::strerror(failed)));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  throw Error("the worker ended with " + run::describe_end(status));
}

int carry_out(const ExecVerb& options) {
  const auto plugins = load_plugins(options, types_named(options));
  const Unit unit = unit_of(options, plugins.catalogue);
  const NodeSpec& spec = offer_of(plugins.catalogue, options.type).spec;
  const Json request = {{"unit", to_json(unit)},
                        {"in", files_of(options.in, spec.inputs, "--in")},
                        {"out", files_of(options.out, spec.outputs, "--out")}};
  const store::TemporaryFolder scratch(store::user_temporary(), "exec");
  store::write_whole(scratch.path() / "request.json", request.dump());
  return run_worker(registry::usual_search(options.plugins).worker, scratch.path() / "request.json", options.threads) == 0
             ? kSuccess
             : kFailure;
}

}  // namespace

void add_exec(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("exec", "Run one node on .npy, .safetensors or picture files, outside any graph");
  auto options = std::make_shared<ExecVerb>();
  verb->add_option("node", options->type, "Type of the node")->required();
  verb->add_option("--in", options->in, "PORT=FILE; again for the next of a list")->allow_extra_args(false);
  verb->add_option("--out", options->out, "PORT=FILE; outputs that are not named are only described")->allow_extra_args(false);
  verb->add_option("--set", options->sets, "PARAMETER=VALUE, as in a graph")->allow_extra_args(false);
  verb->add_option("--seed", options->seed, "Seed of its random numbers")->capture_default_str();
  verb->add_option("--threads", options->threads, "Threads of the worker")->check(Check::positive)->capture_default_str();
  verb->add_option("--device", options->device, "cpu, cuda or cuda:N")->capture_default_str();
  verb->add_option("--precision", options->precision, "Floating-point type")->capture_default_str();
  verb->add_option("--plugins", options->plugins, "Folder or file with plugins, searched first; may be given again")
      ->allow_extra_args(false);
  verb->callback([options, &action] { action = [options] { return carry_out(*options); }; });
}

}  // namespace bgraph::cli

// bgraph diff RUN RUN: walks two runs in the order of the graph to the first value that differs, and says why.
//
//   nodes only one run has, then the first node whose outputs differ: what changed in it (type, parameters, plugin,
//   inputs), or that nothing did, which is a node that does not repeat; then the first numbers that differ
//   exit code 0 when all values both runs have are the same, 1 when not
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/plan/explain.h>
#include <bgraph/core/run/read_record.h>
#include <bgraph/core/store/value_difference.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

namespace bgraph::cli {

namespace {

struct DiffVerb {
  std::string before, now;
  std::filesystem::path runs = "runs";
  bool all = false;
};

struct Side {
  explicit Side(const std::string& what, const std::filesystem::path& runs)
      : manifest(run::read_manifest(run::find_run(what, runs))), store(manifest.at("store").get<std::string>()) {
    for (const auto& node : manifest.at("nodes")) nodes[node.at("name")] = &node;
  }
  Json manifest;
  store::Store store;
  std::map<std::string, const Json*> nodes;
};

/// What a node is made of, as far as the manifest says; keys of inputs are the digests of what they read.
Json recipe_of(const Side& side, const Json& node) {
  Json inputs = Json::object();
  for (const auto& [port, sources] : node.at("inputs").items()) {
    inputs[port] = Json::array();
    for (const auto& source : sources) {
      const auto text = source.get<std::string>();
      const size_t dot = text.rfind('.');
      const auto from = side.nodes.find(text.substr(0, dot));
      if (from == side.nodes.end()) continue;
      const Json& outputs = from->second->at("outputs");
      const std::string output = text.substr(dot + 1);
      inputs[port].push_back(outputs.contains(output) ? outputs.at(output).at("digest") : Json("none"));
    }
  }
  // The key's own record is better where the store still has it: files by content, seeds, device.
  if (const auto record = side.store.record(node.at("key").get<std::string>())) return record->preimage;
  return {{"type", node.at("type")}, {"plugin", node.at("build_id")}, {"params", node.at("params")}, {"inputs", inputs}};
}

bool same_outputs(const Json& before, const Json& now) {
  const Json& a = before.at("outputs");
  const Json& b = now.at("outputs");
  return a == b;
}

void tell_node(const Side& before, const Side& now, const Json& old_node, const Json& node) {
  const auto changes = plan::differences(recipe_of(before, old_node), recipe_of(now, node));
  fmt::print("first difference: {} ({})\n", node.at("name").get<std::string>(), node.at("type").get<std::string>());
  for (const auto& change : changes) fmt::print("  {}\n", plan::phrase(change, node.at("plugin")));
  if (changes.empty() && old_node.at("outcome") == node.at("outcome"))
    fmt::print("  nothing it is made of changed: the node does not repeat itself{}\n",
               old_node.at("profile") == node.at("profile")
                   ? ""
                   : fmt::format(" under another numeric profile ({} -> {})", old_node.at("profile").dump(),
                                 node.at("profile").dump()));
  if (old_node.at("outcome") != node.at("outcome"))
    fmt::print("  {} -> {}\n", old_node.at("outcome").get<std::string>(), node.at("outcome").get<std::string>());
  for (const auto& [port, output] : node.at("outputs").items()) {
    if (!old_node.at("outputs").contains(port)) continue;
    const auto a = Digest::from_hex(old_node.at("outputs").at(port).at("digest").get<std::string>());
    const auto b = Digest::from_hex(output.at("digest").get<std::string>());
    if (a == b) continue;
    fmt::print("  output {} {} -> {}\n", port, a.brief(), b.brief());
    if (!before.store.has(a) || !now.store.has(b)) {
      fmt::print("    one of them is no longer in its store\n");
      continue;
    }
    for (const auto& line : store::value_differences(before.store, a, now.store, b)) fmt::print("    {}\n", line);
  }
}

int compare(const DiffVerb& options) {
  const Side before(options.before, options.runs), now(options.now, options.runs);
  size_t same = 0, different = 0;
  std::string only;
  for (const auto& [name, node] : before.nodes)
    if (now.nodes.count(name) == 0) only += fmt::format("only in {}: {}\n", options.before, name);
  for (const auto& node : now.manifest.at("nodes")) {  // in the order of the plan: causes before effects
    const auto old_node = before.nodes.find(node.at("name").get<std::string>());
    if (old_node == before.nodes.end()) {
      only += fmt::format("only in {}: {}\n", options.now, node.at("name").get<std::string>());
    } else if (same_outputs(*old_node->second, node)) {
      ++same;
    } else if (++different == 1 || options.all) {
      tell_node(before, now, *old_node->second, node);
    }
  }
  fmt::print("{}{} nodes gave the same values, {} did not\n", only, same, different);
  return different == 0 ? kSuccess : kFailure;
}

}  // namespace

void add_diff(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("diff", "Find the first value in which two runs differ, and why");
  auto options = std::make_shared<DiffVerb>();
  verb->add_option("before", options->before, "Name or folder of a run")->required();
  verb->add_option("now", options->now, "Name or folder of the other")->required();
  verb->add_option("--runs", options->runs, "Folder of runs")->capture_default_str();
  verb->add_flag("--all", options->all, "Every node that differs, not only the first");
  verb->footer("Examples:\n  bgraph diff full full_k64\n  bgraph diff runs/full backup/runs/full --all\n");
  verb->callback([options, &action] { action = [options] { return compare(*options); }; });
}

}  // namespace bgraph::cli

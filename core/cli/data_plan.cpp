// bgraph data plan GRAPH: every file outside the repository that the graph's nodes read, with its size, or that it is missing.
//
//   data.root   nsddata_betas/ppdata/subj01/fsaverage/betas_fithrf_GLMdenoise_RR/*betas_session*   80 files   36.6 GiB
//   data.root   nsddata/experiments/nsd/nsd_expdesign.mat                                          missing
//
// Patterns are those the node declares (`bgraph inspect TYPE`, core/store/folder_files.h). Nothing is opened; exit code 1 when
// something is missing; what a node can do without is "not there" and no failure.
#include <bgraph/core/cli/data_plan.h>
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/size_text.h>
#include <bgraph/core/store/folder_files.h>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct Needed {
  std::string by;    // node.parameter
  std::string path;  // as declared: a file, or a pattern inside a folder
  size_t files = 0;
  uintmax_t bytes = 0;
  bool optional = false;
  bool missing() const { return files == 0 && !optional; }
};

Needed measured(const std::string& by, const fs::path& folder, const std::string& pattern) {
  const bool optional = store::is_optional(pattern);
  Needed needed{by, pattern.substr(optional ? 1 : 0), 0, 0, optional};
  for (const auto& file : store::files_matching(folder, pattern)) {
    if (store::leads_nowhere(folder / file)) continue;
    std::error_code ignored;
    ++needed.files, needed.bytes += fs::file_size(folder / file, ignored);
  }
  return needed;
}

Needed single_file(const std::string& by, const fs::path& file) {
  Needed needed{by, file.string()};
  std::error_code unknown;
  if (fs::is_regular_file(file, unknown)) needed.files = 1, needed.bytes = fs::file_size(file, unknown);
  return needed;
}

/// Everything below a folder that names no patterns.
Needed whole_folder(const std::string& by, const fs::path& folder) {
  Needed needed{by, folder.string()};
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored))
    if (entry.is_regular_file()) ++needed.files, needed.bytes += entry.file_size();
  return needed;
}

std::vector<Needed> needs_of(const LoadedGraph& loaded) {
  std::vector<Needed> all;
  for (const auto& node : loaded.checked.graph.nodes) {
    const auto* offer = loaded.plugins.catalogue.node_offer(node.type);
    if (!offer) continue;
    Json params = Json::object();
    for (const auto& spec : offer->spec.params) params[spec.name] = spec.fallback;
    for (const auto& [name, param] : node.params) params[name] = param.value;
    for (const auto& spec : offer->spec.params) {
      if ((spec.kind != ParamKind::file && spec.kind != ParamKind::folder) || !params.at(spec.name).is_string()) continue;
      const fs::path path = params.at(spec.name).get<std::string>();
      if (path.empty()) continue;
      const std::string by = node.name + "." + spec.name;
      if (spec.kind == ParamKind::file) all.push_back(single_file(by, path));
      else if (spec.files.empty()) all.push_back(whole_folder(by, path));
      else
        for (const auto& pattern : store::filled_patterns(spec.files, params)) all.push_back(measured(by, path, pattern));
    }
  }
  return all;
}

std::string found_text(const Needed& needed) {
  if (needed.missing()) return "missing";
  if (needed.files == 0) return "not there, and not needed";
  return fmt::format("{} file{}  {}", needed.files, needed.files == 1 ? "" : "s", size_text(static_cast<double>(needed.bytes)));
}

int plan(const GraphOptions& options) {
  const auto needs = needs_of(load_graph(options));
  size_t by_width = 0, path_width = 0, missing = 0;
  uintmax_t bytes = 0;
  for (const auto& needed : needs) {
    by_width = std::max(by_width, needed.by.size()), path_width = std::max(path_width, needed.path.size());
    missing += needed.missing(), bytes += needed.bytes;
  }
  for (const auto& needed : needs)
    fmt::print("{:<{}}  {:<{}}  {}\n", needed.by, by_width, needed.path, path_width, found_text(needed));
  fmt::print("{} on disk, {} of {} not found\n", size_text(static_cast<double>(bytes)), missing, needs.size());
  return missing == 0 ? kSuccess : kFailure;
}

}  // namespace

void add_data_plan(Verb& data, Action& action) {
  Verb* verb = data.add_subcommand("plan", "Every file a graph reads, its size, and what is missing");
  auto options = std::make_shared<GraphOptions>();
  add_graph_options(*verb, *options);
  verb->callback([options, &action] { action = [options] { return plan(*options); }; });
}

}  // namespace bgraph::cli

// bgraph doctor: where plugins are looked for, which were taken, and why the others were not.
//
//   exit code 0 when every plugin found is accepted, 1 when one was rejected
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

int diagnose(const PlaceOptions& options) {
  const auto search = registry::usual_search(options.plugins);
  const auto found = registry::find_plugins(search);
  fmt::print("worker    {}\ncache     {}\nstore     {}\n", search.worker.string(),
             search.cache.string(), options.store.string());
  for (const auto& named : search.named) fmt::print("plugins   {} (named)\n", named.string());
  for (const auto& folder : search.folders)
    fmt::print("plugins   {}{}\n", folder.string(),
               std::filesystem::is_directory(folder) ? "" : " (not there)");
  fmt::print("accepted  {} plugins with {} nodes and {} components\n", found.accepted.size(),
             found.catalogue.nodes().size(), found.catalogue.components().size());
  for (const auto& [file, reason] : found.rejected)
    fmt::print("rejected  {}\n          {}\n", file.string(), reason);
  return found.rejected.empty() ? kSuccess : kFailure;
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("doctor", "Say where plugins come from and what is wrong with them");
  auto options = std::make_shared<PlaceOptions>();
  add_place_options(*verb, *options);
  verb->callback([options, &action] { action = [options] { return diagnose(*options); }; });
}

}  // namespace bgraph::cli

// bgraph report RUN: writes the page of a run again, from its folder and the store.
//
// For a page by a newer bgraph, or after values that were damaged have been computed again. Numbers do not change: they
// come from the values the manifest names.
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/report/report.h>
#include <bgraph/core/run/read_record.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

struct ReportVerb : PlaceOptions {
  std::string run;
  std::filesystem::path runs = "runs";
};

int write(const ReportVerb& options) {
  const auto folder = run::find_run(options.run, options.runs);
  const auto plugins = load_plugins(options, run::types_in(run::read_manifest(folder)));
  report::write_report(run::read_record(folder, plugins.catalogue));
  fmt::print("{}\n", (folder / "report" / "index.html").string());
  return kSuccess;
}

}  // namespace

void add_report(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("report", "Write the page of a run again");
  auto options = std::make_shared<ReportVerb>();
  verb->add_option("run", options->run, "Name or folder of the run")->required();
  verb->add_option("--runs", options->runs, "Folder of runs")->capture_default_str();
  add_place_options(*verb, *options);
  verb->footer("Examples:\n  bgraph report full\n  bgraph report backup/runs/full --store backup/store\n");
  verb->callback([options, &action] { action = [options] { return write(*options); }; });
}

}  // namespace bgraph::cli

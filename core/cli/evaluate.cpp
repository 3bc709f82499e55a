// bgraph evaluate RECONSTRUCTIONS... --seen IMAGES: scores anybody's images by a published protocol.
//
//   bgraph evaluate recons/ --seen seen/ --network alexnet=alexnet.safetensors --published
//   bgraph evaluate ours=s1.npy,s2.npy theirs=t1.npy,t2.npy --seen shared1000.npy --protocol mindeye2
//
// Images are a folder of pictures, or [N, 3, H, W] (or [N, H, W, 3]) in a .npy or .safetensors file; several files of
// one name are subjects. Pictures are matched by the number in their name, else by the name; rows of arrays by place.
// It is a graph like any other (runs/NAME/graph.toml), so networks and scores are cached and carry their provenance.
#include <bgraph/core/cli/evaluation_graph.h>
#include <bgraph/core/cli/planning.h>
#include <bgraph/core/cli/text_table.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/graph/write.h>
#include <bgraph/core/report/report.h>
#include <bgraph/core/run/execute.h>
#include <bgraph/core/run/tables.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/temporary.h>
#include <unistd.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct Options : PlanningOptions {
  std::vector<std::string> reconstructions, networks;
  Evaluation asked;
  run::RunOptions run;
};

/// datasets/published/results.json of the source tree or the installation this program belongs to.
fs::path published_results() {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& root : {program / "../..", program / "../share/bgraph", fs::path(".")})
    if (const fs::path file = root / "datasets/published/results.json"; fs::exists(file)) return file.lexically_normal();
  throw Error("the published results (datasets/published/results.json) are not beside this program",
              "name the file with --published-file");
}

void complete(Options& options) {
  for (const auto& text : options.reconstructions) options.asked.methods.push_back(read_method(text));
  for (const auto& text : options.networks) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) throw Error("--network wants NAME=FILE, found '" + text + "'");
    options.asked.networks[text.substr(0, equals)] = text.substr(equals + 1);
  }
  if (!options.asked.published.empty() && options.asked.published_file.empty()) options.asked.published_file = published_results();
}

void print_tables(const run::RunRecord& record, const store::Store& store) {
  const bool beside = record.cells.front().nodes.count("published") > 0;
  run::each_table(record.cells.front(), record, store, [&](const std::string& name, const Json& table) {
    if (name == (beside ? "published" : "scores.table")) fmt::print("{}", table_text(table));
  });
}

int evaluate(Options& options) {
  complete(options);
  const store::TemporaryFolder scratch(options.run.runs / ".unfinished", "evaluate");
  options.file = scratch.path() / "evaluate.toml";
  store::write_whole(options.file, evaluation_graph(options.asked));
  Planned planned = make_plan(options);
  const store::Store& store = *planned.store;
  options.run.worker = registry::usual_search(options.plugins).worker;
  options.run.command_line = command_line();
  options.run.terminal = ::isatty(STDERR_FILENO) != 0;
  options.run.writers = {
      [&](const run::RunRecord& record) {
        store::write_whole(record.folder / "graph.toml", graph::write_resolved(planned.files.front().second));
      },
      report::write_report,
  };
  const run::RunRecord record = run::execute(planned.plan, planned.plugins.catalogue, store, options.run);
  for (const auto& node : record.nodes)
    if (node.outcome == run::Outcome::failed) fmt::print(stderr, "failed: {}: {}\n", node.name, node.error);
  if (record.exit_code() == 0) print_tables(record, store);
  return record.exit_code();
}

}  // namespace

void add_evaluate(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("evaluate", "Score reconstructions by a published protocol");
  auto options = std::make_shared<Options>();
  Evaluation& asked = options->asked;
  verb->add_option("reconstructions", options->reconstructions, "[NAME=]FOLDER, .npy or .safetensors; with commas: subjects")->required();
  verb->add_option("--seen", asked.seen, "The images that were seen")->required()->check(Check::existing_path);
  verb->add_option("--protocol", asked.protocol, "brainit, mindeye2, or a definition of one's own (.json)")->capture_default_str();
  verb->add_option("--network", options->networks,
                   "NAME=FILE: alexnet, inception, clip, efficientnet, swav, lpips; scores without their network are left out")
      ->allow_extra_args(false);
  verb->add_option("--outside", asked.outside, "Images that are no test images: distractors of 1000-way CLIP")->check(Check::existing_path);
  verb->add_flag("--published{nsd}", asked.published, "Show published results below: nsd, or --published=TABLE of the file");
  verb->add_option("--published-file", asked.published_file, "Another file of published results")->check(Check::existing_file);
  verb->add_option("--repeats", asked.repeats, "Trials averaged per reconstruction, for the protocol");
  verb->add_option("--sessions", asked.sessions, "Sessions of recording used, for the protocol");
  options->run.name = "evaluate";
  verb->add_option("--name", options->run.name, "Name of the run: runs/NAME")->capture_default_str();
  verb->add_option("--runs", options->run.runs, "Folder of runs")->capture_default_str();
  verb->add_option("--workers", options->run.workers, "Worker processes; 0 = as many as fit")->check(Check::non_negative);
  verb->add_option("--device", options->plan.device, "cpu, cuda or cuda:N")->capture_default_str();
  add_place_options(*verb, *options);
  verb->callback([options, &action] { action = [options] { return evaluate(*options); }; });
}

}  // namespace bgraph::cli

// bgraph data check DIR [--as NAME]: does this folder hold what the data set's card says?
//
// Which card: the one whose marker file lies there, or --as. Existence and sizes are looked at here; files are opened by the node
// io.check_files in a worker, in a store of its own that is removed, so that a damaged file costs a line of the answer.
#include <bgraph/core/cli/cards.h>
#include <bgraph/core/cli/data_check.h>
#include <bgraph/core/cli/planning.h>
#include <bgraph/core/run/execute.h>
#include <bgraph/core/run/tables.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/temporary.h>
#include <bgraph/core/store/user_temporary.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct CheckVerb : PlaceOptions {
  fs::path folder;
  std::string as;
  bool shapes_only = false;
};

/// The graph of one node that opens these files.
std::string graph_text(const fs::path& folder, const std::vector<const CardFile*>& files, bool shapes_only) {
  Json paths = Json::array(), items = Json::array(), shapes = Json::array();
  for (const auto* file : files) {
    paths.push_back((folder / file->path).string());
    items.push_back(file->item);
    std::string shape;
    for (const int64_t size : file->shape) shape += (shape.empty() ? "" : ",") + std::to_string(size);
    shapes.push_back(shape);
  }
  // A JSON array of strings is a TOML array of strings.
  return fmt::format("[nodes.check]\ntype = \"io.check_files\"\nfiles = {}\nitems = {}\nshapes = {}\ncontent = {}\n", paths.dump(), items.dump(), shapes.dump(), !shapes_only);
}

/// Rows of the node's table: file -> what was found, what is wrong ("" = nothing).
Json opened(const CheckVerb& options, const fs::path& folder, const std::vector<const CardFile*>& files) {
  const store::TemporaryFolder scratch(store::user_temporary(), "data-check");
  PlanningOptions planning;
  planning.plugins = options.plugins, planning.store = scratch.path() / "store", planning.file = scratch.path() / "check.toml";
  store::write_whole(planning.file, graph_text(folder, files, options.shapes_only));
  Planned planned = make_plan(planning);
  run::RunOptions run{.name = "check", .runs = scratch.path() / "runs", .workers = 1, .worker = registry::usual_search(options.plugins).worker,
                      .command_line = {}, .writers = {}};
  const run::RunRecord record = run::execute(planned.plan, planned.plugins.catalogue, *planned.store, run);
  const auto& node = record.nodes.front();
  if (node.outcome != run::Outcome::ran) throw Error("the files could not be looked at: " + node.error);
  return run::read_table(*planned.store, node.outputs.at("table")).at("rows");
}

int check(const CheckVerb& options) {
  const fs::path folder = fs::absolute(options.folder);
  if (!fs::is_directory(folder)) throw Error(folder.string() + " is not a folder");
  const Card* found = options.as.empty() ? card_of(folder) : &card(options.as);
  if (!found) throw Error(folder.string() + " is no layout bgraph knows", "say which with --as NAME; `bgraph data ls` lists them");
  std::vector<const CardFile*> there;
  size_t missing = 0, wrong = 0;
  for (const auto& file : found->files) {
    if (fs::is_regular_file(folder / file.path)) there.push_back(&file);
    else if (file.need == "always") ++missing, fmt::print("missing  {}  ({})\n", file.path, file.what);
  }
  if (!there.empty()) {
    const Json rows = opened(options, folder, there);
    for (size_t i = 0; i < there.size() && i < rows.size(); ++i) {
      const Json& values = rows[i].at("values");
      const std::string problem = values.value("problem", "");
      wrong += !problem.empty();
      fmt::print("{}  {}  {}\n", problem.empty() ? "right  " : "wrong  ", there[i]->path, problem.empty() ? values.value("found", "") : problem);
    }
  }
  fmt::print("{}: {} files of the layout, {} right, {} wrong, {} missing\n", found->name, there.size() + missing, there.size() - wrong, wrong, missing);
  return wrong + missing == 0 ? kSuccess : kFailure;
}

}  // namespace

void add_data_check(Verb& data, Action& action) {
  Verb* verb = data.add_subcommand("check", "Does a folder hold what the data set's card says?");
  auto options = std::make_shared<CheckVerb>();
  verb->add_option("folder", options->folder, "Where the data set lies")->required();
  verb->add_option("--as", options->as, "Which data set; default: told by its files");
  verb->add_flag("--shapes-only", options->shapes_only, "Read headers alone, not the numbers");
  add_place_options(*verb, *options);
  verb->callback([options, &action] { action = [options] { return check(*options); }; });
}

}  // namespace bgraph::cli

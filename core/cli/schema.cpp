// bgraph schema: the graph language as JSON Schema draft 4, for editors.
//
//   (nothing)     on stdout
//   -o FILE       into a file
//   --taplo DIR   DIR/bgraph.schema.json and a DIR/.taplo.toml that applies it to the graphs below
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/graph/schema.h>
#include <bgraph/core/store/durable.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

struct SchemaVerb : PlaceOptions {
  std::filesystem::path file, taplo;
};

int write(const SchemaVerb& options) {
  const std::string text = graph::json_schema(load_all_plugins(options).catalogue).dump(1) + "\n";
  if (options.file.empty() && options.taplo.empty()) fmt::print("{}", text);
  if (!options.file.empty()) store::write_whole(std::filesystem::absolute(options.file), text);
  if (options.taplo.empty()) return kSuccess;
  constexpr char kName[] = "bgraph.schema.json";
  store::write_whole(std::filesystem::absolute(options.taplo) / kName, text);
  store::write_whole(std::filesystem::absolute(options.taplo) / ".taplo.toml", graph::taplo_settings(std::string("./") + kName));
  fmt::print("{}\n{}\n", (options.taplo / kName).string(), (options.taplo / ".taplo.toml").string());
  return kSuccess;
}

}  // namespace

void add_schema(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("schema", "The graph language as JSON Schema, for editors");
  auto options = std::make_shared<SchemaVerb>();
  verb->add_option("-o,--output", options->file, "File to write instead of stdout");
  verb->add_option("--taplo", options->taplo, "Folder to make ready for editors: schema and .taplo.toml");
  add_place_options(*verb, *options);
  verb->footer("Examples:\n  bgraph schema --taplo graphs\n  bgraph schema -o bgraph.schema.json\n");
  verb->callback([options, &action] { action = [options] { return write(*options); }; });
}

}  // namespace bgraph::cli

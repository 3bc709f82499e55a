// bgraph export RUN NODE.PORT -o FILE: a trained model out of a run, as one file that carries its recipe.
//
//   bgraph export networks judge.model -o judge.safetensors     from runs/networks
//   bgraph export 3f2a9c01 -o judge.safetensors                 a value of the store, by its digest or its start
//
// io.load_model reads the file. A node with one Model output needs no port.
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/stored_values.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/model_export.h>
#include <bgraph/core/store/store.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct ExportVerb : PlaceOptions {
  std::string what;    // run, or digest
  std::string output;  // "node" or "node.port"; empty for a digest
  fs::path runs = "runs";
  fs::path file;
};

/// The digest of the Model a node of the run put out.
Digest model_of_run(const Json& manifest, const std::string& output) {
  const size_t dot = output.find('.');
  const std::string node = output.substr(0, dot);
  const std::string port = dot == std::string::npos ? "" : output.substr(dot + 1);
  std::vector<std::string> known;
  std::vector<Digest> found;
  for (const auto& entry : manifest.at("nodes"))
    for (const auto& [name, value] : entry.at("outputs").items()) {
      if (value.at("type") != "Model") continue;
      const std::string step = entry.at("name");
      known.push_back(step + "." + name);
      if (step == node && (port.empty() || port == name)) found.push_back(Digest::from_hex(value.at("digest").get<std::string>()));
    }
  if (found.size() == 1) return found.front();
  std::string all;
  for (const auto& name : known) all += (all.empty() ? "" : ", ") + name;
  throw Error(fmt::format("'{}' is {} model of this run; its models: {}", output,
                          found.empty() ? "no" : "more than one", all.empty() ? "none" : all),
              did_you_mean(output, known));
}

fs::path value_folder(const ExportVerb& options) {
  const fs::path manifest = options.runs / options.what / "manifest.json";
  if (!options.output.empty()) {
    if (!fs::exists(manifest))
      throw Error(fmt::format("there is no run {}: {} is missing", options.what, manifest.string()),
                  "name a run (`--runs` says where runs are), or a value's digest alone");
    const Json run = Json::parse(store::read_text(manifest));
    const store::Store store(run.at("store").get<std::string>());
    const Digest digest = model_of_run(run, options.output);
    store.open(digest);  // says what is wrong if it is not there or damaged
    return store.value_folder(digest);
  }
  const store::Store store(options.store);
  const auto digest = value_beginning(store, options.what);
  if (!digest)
    throw Error(fmt::format("no value of {} begins with {}", store.root().string(), options.what),
                fs::exists(manifest) ? "to export from the run of that name, add NODE.PORT" : "");
  return store.value_folder(*digest);
}

int write(const ExportVerb& options) {
  store::export_model(value_folder(options), options.file);
  const std::string sha256 = Hasher().add(store::read_text(options.file)).finish().hex();
  fmt::print("{}  {}\n", sha256, options.file.string());  // as sha256sum prints it
  return kSuccess;
}

}  // namespace

void add_export(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("export", "Write a trained model to one file that carries its recipe");
  auto options = std::make_shared<ExportVerb>();
  verb->add_option("what", options->what, "Name of a run, or a value's digest (or its start)")->required();
  verb->add_option("output", options->output, "NODE.PORT of the run, or NODE");
  verb->add_option("-o,--output-file", options->file, "File to write (.safetensors)")->required();
  verb->add_option("--runs", options->runs, "Folder of runs")->capture_default_str();
  add_place_options(*verb, *options);
  verb->footer("Examples:\n  bgraph export full encoder.model -o encoder.safetensors\n  bgraph export 3f2a9c01 -o encoder.safetensors\n");
  verb->callback([options, &action] { action = [options] { return write(*options); }; });
}

}  // namespace bgraph::cli

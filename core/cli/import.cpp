// bgraph import FILE: a PyTorch checkpoint (.pt .pth .ckpt .pth.tar) as safetensors, without executing what is in it.
//
//   bgraph import unclip6.ckpt                                  writes unclip6.safetensors; takes its "state_dict"
//   bgraph import net.pth --out dir/net.safetensors --prefix module.
//   bgraph import run.pt --key ema.weights                      another entry of its table
//
// Both containers PyTorch has written since 0.4 are read, and whole-module pickles as well as state dictionaries
// (core/import). The file is read in a process of its own. stdout: what was written.
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/import/convert.h>
#include <bgraph/sdk/contract/error.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct ImportVerb {
  import::Request request;
  std::vector<std::string> inert;
};

/// "a/net.pth.tar" -> "a/net.safetensors"
fs::path beside(fs::path file) {
  for (const char* ending : {".tar", ".pth", ".pt", ".ckpt", ".bin", ".pkl"})
    if (file.extension() == ending) file.replace_extension();
  return file += ".safetensors";
}

int carry_out(ImportVerb& options) {
  import::Request& request = options.request;
  request.selection.inert = {options.inert.begin(), options.inert.end()};
  if (request.out.empty()) request.out = beside(request.file);
  if (fs::exists(request.out) && fs::exists(request.file) && fs::equivalent(request.out, request.file))
    throw Error(request.out.string() + " is the file to be read", "choose another with --out");
  const import::Report report = import::convert_in_child(request);
  fmt::print("{}: {} tensors, {} bytes\n", request.out.string(), report.tensors, report.bytes);
  fmt::print(stderr, "{}: {} container, {}", request.file.string(), report.container, report.holds);
  if (!report.taken.empty()) fmt::print(stderr, "; taken: '{}'", report.taken);
  if (!report.left.empty()) fmt::print(stderr, "; left: '{}'", fmt::join(report.left, "', '"));
  if (report.outside > 0)
    fmt::print(stderr, "; {} tensors not below '{}' left out", report.outside, request.prefix);
  fmt::print(stderr, "\n");
  return kSuccess;
}

}  // namespace

void add_import(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("import", "Turn a PyTorch checkpoint into safetensors; nothing in it is executed");
  auto options = std::make_shared<ImportVerb>();
  verb->add_option("file", options->request.file, "Checkpoint: .pt .pth .ckpt .pth.tar")->required();
  verb->add_option("-o,--out", options->request.out, "File to write; default: beside it, as .safetensors");
  verb->add_option("--prefix", options->request.prefix, "Only tensors whose names begin so, and without it");
  verb->add_option("--key", options->request.selection.key,
                   "Entry of its table to take, as a.b; default: 'state_dict' if there is one, else everything");
  verb->add_option("--inert", options->inert, "Read calls of this name as records (nothing is ever called)")
      ->allow_extra_args(false);
  verb->callback([options, &action] { action = [options] { return carry_out(*options); }; });
}

}  // namespace bgraph::cli

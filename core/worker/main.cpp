// bgraph-worker: the data side. Loads plugins and runs units sent by control over socket 3.
//
//   bgraph-worker                                       serve (started by `bgraph run`)
//   bgraph-worker --replay CAPSULE                      one unit again, alone (started by `bgraph replay`)
//   bgraph-worker --describe PLUGIN [--source ROOT]     manifest as JSON
//   bgraph-worker --embed [--source ROOT] PLUGINS...    add manifests to plugin files (used by the build)
//   bgraph-worker --meet PLACE, --follow PLACE          the ranks of torchrun or srun (started by `bgraph run`)
//   bgraph-worker --certify UNITS                       trials for `bgraph certify`, one JSON line per unit
//   bgraph-worker --exec REQUEST                        run one node on files (started by `bgraph exec`)
#include <bgraph/core/worker/certify.h>
#include <bgraph/core/worker/describe.h>
#include <bgraph/core/worker/exec.h>
#include <bgraph/core/worker/ranks_apart.h>
#include <bgraph/core/worker/replay.h>
#include <bgraph/core/worker/serve.h>
#include <bgraph/sdk/contract/error.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>

namespace {

int main_or_throw(const std::vector<std::string>& arguments) {
  std::filesystem::path source;
  std::vector<std::filesystem::path> files;
  std::string mode;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (argument == "--source" && i + 1 < arguments.size()) source = arguments[++i];
    else if (argument == "--describe" || argument == "--embed" || argument == "--certify" || argument == "--exec" ||
             argument == "--replay" || argument == "--meet" || argument == "--follow")
      mode = argument;
    else files.emplace_back(argument);
  }
  if (mode == "--describe") {
    for (const auto& file : files) bgraph::worker::describe(file, source);
    return 0;
  }
  if (mode == "--replay" && files.size() == 1) return bgraph::worker::replay(files.front());
  if (mode == "--meet" && files.size() == 1) return bgraph::worker::meet(files.front());
  if (mode == "--follow" && files.size() == 1) return bgraph::worker::follow(files.front());
  if (mode == "--embed") {
    bgraph::worker::embed(files, source);
    return 0;
  }
  if (mode == "--certify") {
    for (const auto& file : files) bgraph::worker::certify(file);
    return 0;
  }
  if (mode == "--exec" && files.size() == 1) {
    bgraph::worker::exec(files.front());
    return 0;
  }
  if (!files.empty())
    throw bgraph::Error("bgraph-worker serves `bgraph run` and takes no files", "see --replay, --describe and --embed");
  bgraph::worker::serve(3);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  int code = 1;
  try {
    code = main_or_throw({arguments + 1, arguments + count});
  } catch (const bgraph::Error& error) {
    std::fprintf(stderr, "%s\n", error.full().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
  }
  std::fflush(nullptr);
  ::_exit(code);  // libraries stay mapped to the end; static destructors of LibTorch and plugins never run
}

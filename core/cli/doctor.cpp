// bgraph doctor: what is installed, which plugins were taken and why others were not, devices, memory, the store.
//
//   exit code 0 when all is well, 1 when a plugin was rejected or the store is not healthy
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/run/execute.h>
#include <bgraph/core/run/memory.h>
#include <bgraph/core/store/store.h>
#include <bgraph/sdk/contract/note.h>
#include <bgraph/sdk/contract/version.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr size_t kSample = 50;  // values hashed again: enough to see a failing disk, quick enough to wait for

struct DoctorVerb : PlaceOptions {
  bool full = false;
};

void line(const char* what, const std::string& text) { fmt::print("{:<10}{}\n", what, text); }

void tell_build(const registry::Search& search) {
  const AbiNote note = read_plugin_file(search.worker).note;
  line("bgraph", fmt::format("{}, numerics {}", kSdkVersion, kNumericsVersion));
  line("built by", fmt::format("{}, C++ {}, {} string ABI, sanitizer {}", note.compiler, note.cxx_standard,
                               note.string_abi, note.sanitizer));
  line("LibTorch", fmt::format("{}, {}", note.libtorch, note.cuda));
  line("worker", search.worker.string());
}

void tell_machine() {
  line("cores", fmt::format("{} for this process; {} workers of one thread", run::fitting_workers(1), run::fitting_workers(1)));
  line("memory", fmt::format("{:.1f} GiB available of {:.1f}", run::available_mib() / 1024, run::machine_mib("MemTotal") / 1024));
  size_t cards = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc/driver/nvidia/gpus", none)) {
    std::ifstream in(entry.path() / "information");
    for (std::string text; std::getline(in, text);)
      if (text.starts_with("Model:")) line("device", fmt::format("cuda:{} {}", cards, text.substr(text.find_first_not_of(" \t", 6))));
    ++cards;
  }
  if (cards == 0) line("device", "cpu; no NVIDIA driver was found");
}

bool tell_plugins(const registry::Search& search) {
  const auto found = registry::find_plugins(search);
  line("cache", search.cache.string());
  for (const auto& named : search.named) line("plugins", named.string() + " (named)");
  for (const auto& folder : search.folders)
    line("plugins", folder.string() + (fs::is_directory(folder) ? "" : " (not there)"));
  line("accepted", fmt::format("{} plugins with {} nodes and {} components", found.accepted.size(),
                               found.catalogue.nodes().size(), found.catalogue.components().size()));
  if (const auto unbuilt = found.declared.unbuilt(); !unbuilt.empty())
    line("not built", fmt::format("{} more of the source tree, until a graph names them: {}", unbuilt.size(), fmt::join(unbuilt, ", ")));
  std::map<std::string, std::vector<std::string>> reasons;  // after an update of the SDK many plugins share one
  for (const auto& [file, reason] : found.rejected) reasons[reason].push_back(file.string());
  for (const auto& [reason, files] : reasons) {
    line("rejected", fmt::format("{}", fmt::join(files, fmt::format("\n{:<10}", ""))));
    line("", reason);
  }
  return found.rejected.empty();
}

/// The folder itself, or the first one above it that exists.
fs::path existing(fs::path folder) {
  folder = fs::absolute(folder);
  while (!fs::exists(folder)) folder = folder.parent_path();
  return folder;
}

bool tell_store(const DoctorVerb& options) {
  const store::Store store(options.store);
  const fs::path there = existing(store.root());
  line("store", store.root().string() + (fs::exists(store.root()) ? "" : " (empty: made by the first run)"));
  bool healthy = ::access(there.c_str(), W_OK) == 0;
  if (!healthy) line("", "it cannot be written: " + there.string() + " is not ours or read-only");
  struct statvfs disk {};
  if (::statvfs(there.c_str(), &disk) == 0)
    line("", fmt::format("{:.1f} GiB free on its disk", static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize) / kGiB));
  const auto values = store.values();
  const size_t count = options.full ? values.size() : std::min(values.size(), kSample);
  size_t damaged = 0;
  for (size_t i = 0; i < count; ++i) {
    const Digest& digest = values[i * values.size() / count];  // spread over all of them
    if (const std::string problem = store.verify(digest); !problem.empty()) {
      ++damaged;
      line("damaged", digest.brief() + ": " + problem);
    }
  }
  line("", fmt::format("{} values, {} of them hashed again, {} damaged{}", values.size(), count, damaged,
                       damaged > 0 ? "; `bgraph store verify` takes them out, the next run computes them again" : ""));
  std::error_code none;
  const auto unfinished = std::distance(fs::directory_iterator(store.root() / "unfinished", none), fs::directory_iterator());
  if (unfinished > 0) line("", fmt::format("{} nodes have checkpoints to go on from", unfinished));
  return healthy && damaged == 0;
}

int diagnose(const DoctorVerb& options) {
  const auto search = registry::usual_search(options.plugins);
  tell_build(search);
  tell_machine();
  const bool plugins = tell_plugins(search), store = tell_store(options);
  return plugins && store ? kSuccess : kFailure;
}

}  // namespace

void add_doctor(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("doctor", "Say what is installed, and what is wrong with it");
  auto options = std::make_shared<DoctorVerb>();
  add_place_options(*verb, *options);
  verb->add_flag("--full", options->full, "Hash every value of the store again, not a sample");
  verb->footer("Examples:\n  bgraph doctor\n  bgraph doctor --plugins my/build --store /data/store --full\n");
  verb->callback([options, &action] { action = [options] { return diagnose(*options); }; });
}

}  // namespace bgraph::cli

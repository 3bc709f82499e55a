#include <bgraph/core/registry/find.h>

#include <bgraph/core/registry/describe.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/note.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

namespace bgraph::registry {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> libraries_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable))
    if (entry.path().extension() == ".so") files.push_back(entry.path());
  std::sort(files.begin(), files.end());  // the order of a directory is the file system's
  return files;
}

class Finder {
 public:
  explicit Finder(const Search& search) : search_(search) {
    if (!fs::exists(search.worker))
      throw Error("there is no " + search.worker.string() + ": plugins must agree with it",
                  "build the target bgraph-worker, or install it beside bgraph");
    try {
      host_ = read_plugin_file(search.worker).note;
    } catch (Error& error) {
      throw error.during("reading what plugins must be built for from the worker");
    }
  }

  void named(const fs::path& path) {
    if (!fs::exists(path)) throw Error(path.string() + ", named with --plugins, does not exist");
    if (fs::is_directory(path)) return scan(path);
    const size_t before = found_.rejected.size();
    consider(path);
    if (found_.rejected.size() > before)
      throw Error(path.string() +
                  ", named with --plugins, is rejected: " + found_.rejected.back().reason);
  }

  void scan(const fs::path& folder) {
    found_.declared.read(folder);
    for (const auto& file : libraries_in(folder)) consider(file);
  }

  Found finish() && {
    for (const auto& [name, plugin] : found_.declared.plugins()) {
      if (plugin.built && !rejected(name)) continue;
      for (const auto& type : plugin.nodes) found_.catalogue.add_unbuilt_node(type, name);
      for (const auto& type : plugin.components) found_.catalogue.add_unbuilt_component(type, name);
    }
    return std::move(found_);
  }

 private:
  void consider(const fs::path& file) {
    std::error_code unknown;
    const fs::path real = fs::weakly_canonical(file, unknown);
    if (!seen_.insert(real).second) return;
    PluginFile plugin;
    Manifest manifest;
    try {
      plugin = read_plugin_file(real);
      const auto differences = abi_differences(host_, plugin.note);
      if (!differences.empty())
        return reject(file, fmt::format("{}", fmt::join(differences, "; ")));
      manifest = manifest_of(plugin, search_.worker, search_.cache);
    } catch (const Error& error) {
      return reject(file, error.what());
    }
    found_.catalogue.add(manifest, real, plugin.build_id);
    found_.accepted.push_back(real);
  }

  bool rejected(const std::string& plugin) const {
    return std::any_of(found_.rejected.begin(), found_.rejected.end(),
                       [&](const Rejected& one) { return one.file.stem() == plugin; });
  }

  void reject(const fs::path& file, const std::string& reason) {
    found_.rejected.push_back({file, reason});
  }

  const Search& search_;
  AbiNote host_{};
  std::set<fs::path> seen_;
  Found found_;
};

}  // namespace

std::string Found::summary() const {
  if (rejected.empty()) return {};
  constexpr size_t kMost = 3;  // after an update of the SDK it may be all of them
  std::vector<std::string> names;
  for (const auto& [file, reason] : rejected)
    if (names.size() < kMost) names.push_back(file.filename().string());
  return fmt::format("{} of {} plugins rejected: {}{} (reasons: bgraph doctor)", rejected.size(),
                     rejected.size() + accepted.size(), fmt::join(names, ", "),
                     rejected.size() > kMost ? fmt::format(" and {} more", rejected.size() - kMost) : "");
}

Search usual_search(const std::vector<fs::path>& named) {
  const fs::path binaries = fs::read_symlink("/proc/self/exe").parent_path();
  Search search{named, {}, binaries / "bgraph-worker", cache_folder()};
  // BGRAPH_PLUGIN_PATH: folders with plugins, separated by colons, looked into before the usual ones.
  if (const char* path = std::getenv("BGRAPH_PLUGIN_PATH")) {
    std::istringstream folders(path);
    for (std::string folder; std::getline(folders, folder, ':');)
      if (!folder.empty()) search.folders.emplace_back(folder);
  }
  search.folders.push_back(binaries.parent_path() / "plugins");
  search.folders.push_back(binaries.parent_path() / BGRAPH_PLUGIN_FOLDER);
  return search;
}

Found find_plugins(const Search& search) {
  Finder finder(search);
  for (const auto& path : search.named) finder.named(path);
  for (const auto& folder : search.folders) finder.scan(folder);
  return std::move(finder).finish();
}

}  // namespace bgraph::registry

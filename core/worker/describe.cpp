#include <bgraph/core/worker/describe.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/host/plugin_host.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace bgraph::worker {

namespace fs = std::filesystem;

namespace {

void run_objcopy(const fs::path& manifest, const fs::path& from, const fs::path& to) {
  const std::string section = std::string(kManifestSection) + "=" + manifest.string();
  const std::string flags = std::string(kManifestSection) + "=noload,readonly";
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("objcopy", "objcopy", "--add-section", section.c_str(), "--set-section-flags", flags.c_str(),
             from.c_str(), to.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error("objcopy could not add the manifest to " + from.string(), "install binutils");
}

}  // namespace

void describe(const fs::path& plugin, const fs::path& source_root) {
  PluginHost host;
  std::puts(to_json(host.describe(plugin, source_root)).dump(1).c_str());
}

void embed(const std::vector<fs::path>& plugins, const fs::path& source_root) {
  PluginHost host;
  for (const auto& plugin : plugins) {
    if (!read_plugin_file(plugin).manifest.empty()) continue;
    fs::path json = plugin, copy = plugin;
    json += ".json.tmp", copy += ".tmp";
    std::ofstream(json) << to_json(host.describe(plugin, source_root)).dump();
    run_objcopy(json, plugin, copy);
    fs::rename(copy, plugin);
    fs::remove(json);
  }
}

}  // namespace bgraph::worker

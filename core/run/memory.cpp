#include <bgraph/core/run/memory.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

constexpr double kMiB = 1024.0 * 1024.0;

/// "max", or no such file, is no number: `fallback`.
double number_in(const fs::path& file, double fallback) {
  std::ifstream in(file);
  double number = 0;
  return in >> number ? number : fallback;
}

std::optional<double> entry_of(const fs::path& file, const std::string& name) {
  std::ifstream in(file);
  std::string word;
  double number = 0;
  while (in >> word)
    if (word == name && in >> number) return number;
  return std::nullopt;
}

/// The folder of this process's control group (version 2), "" if there is none.
fs::path control_group() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("0::/")) return fs::path("/sys/fs/cgroup") / line.substr(4);
  return {};
}

}  // namespace

double machine_mib(const std::string& entry) { return entry_of("/proc/meminfo", entry + ":").value_or(0) / 1024; }

double available_mib() {
  double mib = machine_mib("MemAvailable");
  for (fs::path group = control_group(); group.string().starts_with("/sys/fs/cgroup"); group = group.parent_path()) {
    const double most = number_in(group / "memory.max", 0);
    if (most <= 0) continue;
    const double held = number_in(group / "memory.current", 0) - entry_of(group / "memory.stat", "inactive_file").value_or(0);
    mib = std::min(mib, std::max(0.0, most - held) / kMiB);
  }
  return mib;
}

std::optional<int64_t> ended_for_memory() {
  const auto count = entry_of("/proc/vmstat", "oom_kill");
  return count ? std::optional(static_cast<int64_t>(*count)) : std::nullopt;
}

}  // namespace bgraph::run

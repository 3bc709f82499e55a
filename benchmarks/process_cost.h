// What a whole process costs: by the clock, and in CPU time, which other programs disturb less.
#pragma once

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bgraph::benchmarks {

struct Cost {
  double wall_ms = 0, cpu_ms = 0;
};

/// Runs a command in a folder, its output in said.txt. Ends the benchmark if it fails.
inline Cost run(const std::filesystem::path& folder, const std::vector<std::string>& words) {
  std::fflush(stdout);  // else the child prints it again
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chdir(folder.c_str()) != 0 || std::freopen("said.txt", "w", stdout) == nullptr || std::freopen("complained.txt", "w", stderr) == nullptr)
      ::_exit(126);
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  if (status != 0) {
    fmt::print(stderr, "{} failed with status {}: see said.txt and complained.txt in {}\n", words[0], status, folder.string());
    std::exit(1);
  }
  const auto ms = [](const timeval& time) { return 1e3 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_usec); };
  return {std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count(),
          ms(usage.ru_utime) + ms(usage.ru_stime)};
}

inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

struct Contender {
  std::string name;
  std::vector<std::string> command;
};

/// Runs all in turn, `runs` times after a first one that does not count, and prints medians.
inline void compare(const std::filesystem::path& folder, const std::vector<Contender>& contenders, int runs, int nodes) {
  for (const auto& contender : contenders) run(folder, contender.command);
  std::vector<std::vector<double>> wall(contenders.size()), cpu(contenders.size());
  for (int i = 0; i < runs; ++i)
    for (size_t s = 0; s < contenders.size(); ++s) {
      const Cost cost = run(folder, contenders[s].command);
      wall[s].push_back(cost.wall_ms);
      cpu[s].push_back(cost.cpu_ms);
    }
  fmt::print("{} nodes; medians of {} runs\n{:<36} {:>9} {:>9} {:>12}\n", nodes, runs, "", "wall ms", "cpu ms", "cpu us/node");
  for (size_t s = 0; s < contenders.size(); ++s)
    fmt::print("{:<36} {:>9.1f} {:>9.1f} {:>12.2f}\n", contenders[s].name, median(wall[s]), median(cpu[s]),
               1e3 * median(cpu[s]) / nodes);
}

}  // namespace bgraph::benchmarks

// How long does a run with nothing to do take, beside make and ninja?
//
//   bench_noop BGRAPH FOLDER [NODES]      10000 nodes by default; FOLDER is kept, so that a second call is quick
//
// A hundred chains of equal length. For make and ninja every node is a file touched after the one before it. All three
// are whole processes, everything in the page cache, in turn; medians of 11. make and ninja compare times of files,
// bgraph keys over contents.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr int kChains = 100, kRuns = 11;

std::string name_of(int chain, int place) { return fmt::format("n{}_{}", chain, place); }

void write_inputs(const fs::path& folder, int nodes) {
  std::ofstream toml(folder / "graph.toml"), make(folder / "Makefile"), ninja(folder / "build.ninja");
  toml << "[nodes.images]\ntype = \"io.toy_images\"\ncount = 8\nsize  = 16\n";
  ninja << "rule touch\n  command = touch $out\n";
  std::string all;
  for (int i = 0; i < nodes; ++i) {
    const int chain = i % kChains, place = i / kChains;
    const std::string name = name_of(chain, place), before = place == 0 ? "" : name_of(chain, place - 1);
    toml << fmt::format("[nodes.{0}]\ntype   = \"analysis.shuffle_images\"\nstream = \"{0}\"\ninputs = {{ images = \"{1}\" }}\n",
                        name, place == 0 ? "images.images" : before);
    make << fmt::format("{}: {}\n\t@touch $@\n", name, before);
    ninja << fmt::format("build {}: touch {}\n", name, before);
    if (i + kChains >= nodes) all += " " + name;
  }
  make << "all:" << all << "\n.DEFAULT_GOAL := all\n";
  ninja << "build all: phony" << all << "\ndefault all\n";
}

struct Cost {
  double wall_ms = 0, cpu_ms = 0;
};

Cost run(const fs::path& folder, const std::vector<std::string>& words) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chdir(folder.c_str()) != 0 || std::freopen("said.txt", "w", stdout) == nullptr) ::_exit(126);
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
    fmt::print(stderr, "{} failed with status {}\n", words[0], status);
    std::exit(1);
  }
  const auto ms = [](const timeval& time) { return 1e3 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_usec); };
  return {std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count(),
          ms(usage.ru_utime) + ms(usage.ru_stime)};
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    fmt::print(stderr, "bench_noop BGRAPH FOLDER [NODES]\n");
    return 2;
  }
  const std::string bgraph = fs::absolute(words[1]);
  const fs::path folder = fs::absolute(words[2]);
  const int nodes = count > 3 ? std::atoi(words[3]) : 10'000;
  fs::create_directories(folder);
  write_inputs(folder, nodes);
  const std::vector<std::pair<std::string, std::vector<std::string>>> systems = {
      {"bgraph run", {bgraph, "run", "graph.toml"}},
      {"bgraph check", {bgraph, "check", "graph.toml"}},
      {"bgraph --version", {bgraph, "--version"}},
      {"ninja", {"ninja"}},
      {"make", {"make", "-s"}}};
  for (const auto& [name, command] : systems) run(folder, command);  // does the work, or warms up
  std::vector<std::vector<double>> wall(systems.size()), cpu(systems.size());
  for (int i = 0; i < kRuns; ++i)
    for (size_t s = 0; s < systems.size(); ++s) {
      const Cost cost = run(folder, systems[s].second);
      wall[s].push_back(cost.wall_ms);
      cpu[s].push_back(cost.cpu_ms);
    }
  fmt::print("{} nodes, nothing to do; medians of {} runs\n{:<18} {:>9} {:>9} {:>12}\n", nodes, kRuns, "", "wall ms",
             "cpu ms", "cpu us/node");
  for (size_t s = 0; s < systems.size(); ++s)
    fmt::print("{:<18} {:>9.1f} {:>9.1f} {:>12.2f}\n", systems[s].first, median(wall[s]), median(cpu[s]),
               1e3 * median(cpu[s]) / nodes);
}

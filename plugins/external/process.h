// A child process that may write what it likes and die as it likes: its own group, its own short environment.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bgraph::external {

struct Program {
  std::vector<std::string> command;  // command[0] is looked for in PATH
  std::filesystem::path folder;      // where it runs
  std::map<std::string, std::string> environment;  // all of it but PATH, HOME and LANG
  int64_t most_mib = 0;              // address space; 0 = not limited
};

struct Ending {
  bool stopped = false;  // because `stop` said so
  std::string problem;   // "" = it left with code 0; else "exit code 3", "SIGSEGV (Segmentation fault)", "not found"
};

/// Runs it to its end. Every line it writes (stdout and stderr) goes to `line`. Once `stop` returns true it gets SIGTERM
/// and two seconds later SIGKILL, with everything it started. It dies with this process.
Ending run(const Program& program, const std::function<void(const std::string&)>& line,
           const std::function<bool()>& stop);

}  // namespace bgraph::external

// A TorchScript file for a test: a module whose forward(inputs) returns an expression. It goes with the test.
#pragma once

#include <torch/csrc/jit/api/module.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace bgraph::testing {

struct ScriptFile {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("bgraph-script-" + std::to_string(::getpid()) + ".pt");

  ScriptFile(const std::string& inputs, const std::string& expression) {
    torch::jit::Module module("net");
    module.define("def forward(self, " + inputs + "):\n    return " + expression + "\n");
    module.save(path.string());
  }
  ~ScriptFile() { std::filesystem::remove(path); }
  ScriptFile(const ScriptFile&) = delete;
};

}  // namespace bgraph::testing

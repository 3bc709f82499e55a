// The `bgraph` binary in a folder of its own, beside a worker that only carries a note: no plugin of the build is needed.
#pragma once

#include "../scratch.h"

#include <bgraph/sdk/testing/catch.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace bgraph::cli {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

struct Answer {
  int code = 0;
  std::string out, err;
};

inline std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class Installed {
  Scratch scratch_;

 public:
  Installed() {
    fs::create_directories(root / "bin");
    fs::create_directories(root / "plugins");
    fs::copy_file(BGRAPH_BINARY, root / "bin/bgraph");
    fs::copy_file(FAKE_WORKER, root / "bin/bgraph-worker");
    fs::copy_file(fs::path(FAKE_PLUGINS) / "a.so", root / "plugins/a.so");
  }

  /// `environment`: further NAME=VALUE settings.
  Answer run(const std::string& words, const std::string& environment = "") const {
    const std::string command = "cd " + root.string() +
                                " && env -u BGRAPH_PLUGIN_PATH -u BGRAPH_STORE -u BGRAPH_BUILDER " +
                                "BGRAPH_CACHE=cache " + environment + " bin/bgraph " + words + " >out 2>err";
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), text_of(root / "out"), text_of(root / "err")};
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root / name, std::ios::binary) << text;
  }

  const fs::path root = scratch_.path;
};

}  // namespace bgraph::cli

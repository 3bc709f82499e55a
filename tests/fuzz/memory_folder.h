// Where a fuzz target puts the file its parser reads: in memory where the system has such a place, because a disk would
// be all it waits for.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

namespace bgraph {

/// A path of this process; nothing is there yet.
inline std::filesystem::path memory_path(const std::string& ending) {
  std::error_code none;
  const std::filesystem::path memory = "/dev/shm";
  const bool usable = ::access(memory.c_str(), W_OK) == 0;
  return (usable ? memory : std::filesystem::temp_directory_path(none)) / ("bgraph-fuzz-" + std::to_string(::getpid()) + ending);
}

}  // namespace bgraph

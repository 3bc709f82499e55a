// Whether something that trains has left a checkpoint in a store: store/unfinished/<key>/<number>/.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

namespace bgraph::testing {

inline bool has_checkpoint(const std::filesystem::path& store) {
  std::error_code none;
  for (const auto& key : std::filesystem::directory_iterator(store / "unfinished", none))
    for (const auto& entry : std::filesystem::directory_iterator(key.path(), none))
      if (entry.path().filename().string().find_first_not_of("0123456789") == std::string::npos) return true;
  return false;
}

}  // namespace bgraph::testing

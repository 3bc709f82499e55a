// store/history/<type>: the keys of a node type, one per line, oldest first. Every node that is not cached asks for the newest of its
// type, to be explained and foretold by them: their records are read once per process, and what it adds itself comes in front.
#pragma once

#include <bgraph/core/store/key_record.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bgraph::store {

class History {
 public:
  explicit History(std::filesystem::path folder) : folder_(std::move(folder)) {}

  using Find = std::function<std::optional<KeyRecord>(const std::string& key)>;

  /// Records of a node type, newest first, each once, 40 at most. They stay where they are until the next `add`.
  const std::vector<KeyRecord>& of(const std::string& type, const Find& find);
  /// Error if the store cannot be written.
  void add(const KeyRecord& record);

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::vector<KeyRecord>> recent_;  // of the types that were asked for
};

}  // namespace bgraph::store

// A folder under the system's temporary folder, removed at the end; and a small value in it.
#pragma once

#include <bgraph/core/store/store.h>
#include <bgraph/sdk/contract/error.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace bgraph::store {

struct Scratch {
  std::filesystem::path path;
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bgraph-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw Error("cannot make a temporary folder");
    path = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

inline void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

/// Puts a text into a draft; returns the header that goes with it.
inline ValueHeader draft_text(const Publication& draft, const std::string& text) {
  write(draft.folder() / "text.txt", text);
  ValueHeader header;
  header.type = "Text";
  header.files.push_back(
      {"text.txt", static_cast<int64_t>(text.size()), digest_file(draft.folder() / "text.txt")});
  return header;
}

inline Digest publish_text(const Store& store, const std::string& text) {
  Publication draft(store, "test");
  return draft.publish(draft_text(draft, text));
}

}  // namespace bgraph::store

// The smallest value: a text file, drafted and published.
#pragma once

#include "../scratch.h"

#include <bgraph/core/store/store.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace bgraph::store {

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

// A store of a test's own, and the smallest of what is in one: a value that is a text file, a unit that gave it.
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

/// Of a finished unit whose output `out` this is.
inline KeyRecord record_of(const std::string& key, const Digest& output, double seconds = 1) {
  return {.key = key, .type = "test.make", .node = "n", .outputs = {{"out", output}}, .seconds = seconds};
}

struct PreparedStore {
  Scratch scratch;
  Store store{scratch.path / "store"};
  PreparedStore() { store.prepare(); }

  Store another() const { return Store(store.root()); }  // as another process has it
};

}  // namespace bgraph::store

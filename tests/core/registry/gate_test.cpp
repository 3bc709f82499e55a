// Plugins built for something else: one per field of the note, each refused by that field's name before any of its
// code runs. The plugin they are made from kills the process that loads it.
#include <bgraph/core/registry/find.h>
#include <bgraph/sdk/contract/note.h>
#include <bgraph/sdk/testing/catch.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>

#include "../scratch.h"

namespace bgraph::registry {

namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

struct Wrong {
  const char* field;   // as the refusal names it
  size_t offset;       // in the note
  const char* value;
  const char* fix;
};

/// A copy of the sound plugin whose note says `value` in this place.
void write_wrong(const fs::path& file, const Wrong& wrong) {
  std::ifstream in(fs::path(FAKE_PLUGINS) / "a.so", std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const AbiNote sound = read_plugin_file(fs::path(FAKE_PLUGINS) / "a.so").note;
  const size_t at = bytes.find(std::string(reinterpret_cast<const char*>(&sound), sizeof sound));
  REQUIRE(at != std::string::npos);
  std::strcpy(&bytes[at + wrong.offset], wrong.value);
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("a plugin that is wrong in one field of its note is refused by that field, both values and the fix",
          "[core][registry][gate]") {
  const Wrong wrong = GENERATE(
      Wrong{"SDK version", offsetof(AbiNote, sdk), "9.9", "rebuild the plugin"},
      Wrong{"compiler", offsetof(AbiNote, compiler), "clang 17", "use the same compiler"},
      Wrong{"C++ standard", offsetof(AbiNote, cxx_standard), "201703", "-std"},
      Wrong{"string ABI", offsetof(AbiNote, string_abi), "old", "_GLIBCXX_USE_CXX11_ABI"},
      Wrong{"library debug mode", offsetof(AbiNote, debug_mode), "debug", "_GLIBCXX_DEBUG"},
      Wrong{"sanitizer", offsetof(AbiNote, sanitizer), "address", "-fsanitize"},
      Wrong{"LibTorch", offsetof(AbiNote, libtorch), "2.6.0", "the same LibTorch"},
      Wrong{"CUDA flavour", offsetof(AbiNote, cuda), "cuda 12.4", "the same LibTorch"},
      Wrong{"SDK headers", offsetof(AbiNote, sdk_headers), "0badc0de", "the installed SDK"});
  CAPTURE(wrong.field);
  const Scratch scratch;
  fs::create_directories(scratch.path / "plugins");
  write_wrong(scratch.path / "plugins/wrong.so", wrong);
  const Found found = find_plugins({{}, {scratch.path / "plugins"}, FAKE_WORKER, scratch.path / "cache"});
  CHECK(found.accepted.empty());
  REQUIRE(found.rejected.size() == 1);
  CHECK_THAT(found.rejected[0].reason, ContainsSubstring(std::string(wrong.field) + " is '" + wrong.value +
                                                         "', this bgraph has '") &&
                                           ContainsSubstring(wrong.fix));
  CHECK(found.rejected[0].reason.find("; ") == found.rejected[0].reason.rfind("; "));  // that field alone
}

TEST_CASE("a note of another version is refused before its fields are read", "[core][registry][gate]") {
  const Scratch scratch;
  fs::create_directories(scratch.path / "plugins");
  write_wrong(scratch.path / "plugins/wrong.so", {"", offsetof(AbiNote, version), "\x07", ""});
  const Found found = find_plugins({{}, {scratch.path / "plugins"}, FAKE_WORKER, scratch.path / "cache"});
  REQUIRE(found.rejected.size() == 1);
  CHECK_THAT(found.rejected[0].reason, ContainsSubstring("note version is 7"));
}

}  // namespace bgraph::registry

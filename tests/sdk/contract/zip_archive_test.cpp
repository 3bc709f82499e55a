// Zip archives of Python's zipfile, whole and bent.
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/zip_archive.h>
#include <bgraph/sdk/testing/catch.h>

#include <fstream>
#include <sstream>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A checkpoint of the importer's tests: an archive that Python's zipfile wrote.
std::string archive() {
  std::ifstream file(BGRAPH_SOURCE_DIR "/tests/core/import/files/dinov2.pth", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

std::string problem(const std::string& text) {
  try {
    for (const auto& [name, member] : zip_members(std::as_bytes(std::span(text)), "x.pt")) require_intact(member, name);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// The archive with `bytes` written over what stands `offset` behind the first `mark`.
std::string with(std::string text, const std::string& mark, size_t offset, const std::string& bytes) {
  const size_t at = text.find(mark);
  REQUIRE(at != std::string::npos);
  return text.replace(at + offset, bytes.size(), bytes);
}

}  // namespace

TEST_CASE("members of a stored archive are pieces of the file", "[contract][zip_archive]") {
  const std::string text = archive();
  const auto members = zip_members(std::as_bytes(std::span(text)), "dinov2.pth");
  REQUIRE(members.contains("dinov2/data/0"));
  CHECK(members.at("dinov2/data/0").bytes.size() == 12);
  CHECK(members.at("dinov2/version").bytes.size() == 2);
  CHECK(problem(text) == "");
}

TEST_CASE("bent archives are refused with the reason", "[contract][zip_archive]") {
  using namespace std::string_literals;
  const std::string text = archive();
  const std::string central = "PK\1\2"s, end = "PK\5\6"s;
  CHECK_THAT(problem(text.substr(0, text.size() / 2)), ContainsSubstring("no end record"));
  CHECK_THAT(problem("PK"), ContainsSubstring("too short"));
  CHECK_THAT(problem(with(text, central, 10, "\10")), ContainsSubstring("is compressed"));
  CHECK_THAT(problem(with(text, central, 8, "\1")), ContainsSubstring("is encrypted"));
  CHECK_THAT(problem(with(text, central, 20, "\xff\xff\xff\x7f\xff\xff\xff\x7f")), ContainsSubstring("more than there are"));
  CHECK_THAT(problem(with(text, central, 42, "\xf0\xff\xff\x7f")), ContainsSubstring("no local header"));
  CHECK_THAT(problem(with(text, central, 42, "\1")), ContainsSubstring("no local header"));
  CHECK_THAT(problem(with(text, central, 46, "x")), ContainsSubstring("another name in its local header"));
  CHECK_THAT(problem(with(text, central, 16, "\0\0\0\0"s)), ContainsSubstring("checksum"));
  CHECK_THAT(problem(with(text, end, 10, "\xf0\xf0")), ContainsSubstring("claims 61680 members"));
  CHECK_THAT(problem(with(text, end, 16, "\xf0\xff\xff\x7f")), ContainsSubstring("points to byte"));
  CHECK_THAT(problem(with(text, end, 16, "\xff\xff\xff\xff")), ContainsSubstring("ZIP64 locator is missing"));
  CHECK_THAT(problem(with(text, end, 16, "\1")), ContainsSubstring("directory is damaged"));
}

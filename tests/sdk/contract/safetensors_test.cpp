// safetensors headers: each of the format's rules with a file that breaks it alone, and the message.
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/contract/safetensors_index.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>
#include <cstring>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;
using namespace std::string_literals;

namespace {

/// A file with this header and so many bytes of data.
std::string file(const std::string& header, size_t data = 0) {
  std::string text;
  for (int shift = 0; shift < 64; shift += 8) text += static_cast<char>((header.size() >> shift) & 255);
  return text + header + std::string(data, '\0');
}

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

SafetensorsHeader parsed(const std::string& text) { return parse_safetensors(std::as_bytes(std::span(text)), "x.safetensors"); }

/// What is wrong, without the words every message begins with.
std::string problem(const std::string& text) {
  const std::string start = "x.safetensors is not a valid safetensors file: ";
  try {
    parsed(text);
  } catch (const Error& error) {
    const std::string what = error.what();
    return what.starts_with(start) ? what.substr(start.size()) : "unexpected: " + what;
  }
  return "";
}

}  // namespace

TEST_CASE("rule 1: a file has at least eight bytes", "[contract][safetensors]") {
  CHECK(problem("") == "it has 0 bytes, at least 8 expected");
  CHECK(problem("1234567") == "it has 7 bytes, at least 8 expected");
}

TEST_CASE("rule 2: a header is at most 100 million bytes", "[contract][safetensors]") {
  CHECK(problem("\x01\xe1\xf5\x05\0\0\0\0{}"s) == "it claims a header of 100000001 bytes");
  CHECK(problem("\xff\xff\xff\xff\xff\xff\xff\xff{}"s) == "it claims a header of 18446744073709551615 bytes");
}

TEST_CASE("rule 3: the header lies inside the file", "[contract][safetensors]") {
  CHECK(problem("\x03\0\0\0\0\0\0\0{}"s) == "it is truncated inside its header");
}

TEST_CASE("rule 4: the header begins with a brace", "[contract][safetensors]") {
  CHECK(problem(file("")) == "its header does not begin with '{'");
  CHECK(problem(file(" {}")) == "its header does not begin with '{'");
  CHECK(problem(file("[]")) == "its header does not begin with '{'");
}

TEST_CASE("rule 5: the header is UTF-8 JSON without duplicate keys and deep nesting", "[contract][safetensors]") {
  CHECK_THAT(problem(file("{\"a\":}")), ContainsSubstring("header is not JSON"));
  CHECK_THAT(problem(file("{\"\xff\":{}}")), ContainsSubstring("header is not JSON") && ContainsSubstring("UTF-8"));
  CHECK_THAT(problem(file("{}x")), ContainsSubstring("header is not JSON"));
  const std::string empty = tensor("F32", "[0]", "[0,0]");
  CHECK(problem(file("{\"a\":" + empty + ",\"a\":" + empty + "}")) == "key 'a' stands twice");
  CHECK(problem(file(R"({"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}})")) == "key 'dtype' stands twice");
  CHECK(problem(file("{\"a\":" + std::string(50000, '[') + std::string(50000, ']') + "}")) == "header nested deeper than 8");
  CHECK(problem(file("{}     ")) == "");
}

TEST_CASE("rule 6: metadata is a table of texts", "[contract][safetensors]") {
  CHECK(problem(file(R"({"__metadata__":{"step":7}})")) == "__metadata__ 'step' is not a string");
  CHECK(problem(file(R"({"__metadata__":"step"})")) == "__metadata__ is \"step\", expected a table of texts");
  CHECK(parsed(file(R"({"__metadata__":{"step":"7"}})")).metadata.at("step") == "7");
}

TEST_CASE("rule 7: tensors follow each other without gap and overlap", "[contract][safetensors]") {
  const auto two = [](const std::string& first, const std::string& second) {
    return file("{\"a\":" + tensor("U8", "[4]", first) + ",\"b\":" + tensor("U8", "[4]", second) + "}", 8);
  };
  CHECK(problem(two("[0,4]", "[4,8]")) == "");
  CHECK(problem(two("[4,8]", "[0,4]")) == "");
  CHECK(problem(two("[0,4]", "[3,7]")) == "tensor 'b' begins at 3, expected 4 (gap or overlap)");
  CHECK(problem(two("[0,4]", "[5,9]")) == "tensor 'b' begins at 5, expected 4 (gap or overlap)");
  CHECK(problem(two("[0,4]", "[0,4]")) == "tensor 'b' begins at 0, expected 4 (gap or overlap)");
  CHECK(problem(two("[1,5]", "[5,9]")) == "tensor 'a' begins at 1, expected 0 (gap or overlap)");
  CHECK_THAT(problem(two("[0,4]", "[4,2]")), ContainsSubstring("gap or overlap"));
}

TEST_CASE("rule 8: products of sizes are checked for overflow", "[contract][safetensors]") {
  CHECK(problem(file("{\"a\":" + tensor("F32", "[4294967296,4294967296]", "[0,0]") + "}")) == "the shape of tensor 'a' overflows");
  CHECK(problem(file("{\"a\":" + tensor("U8", "[18446744073709551615]", "[0,0]") + "}")) == "the shape of tensor 'a' overflows");
}

TEST_CASE("rule 9: a tensor is a whole number of bytes", "[contract][safetensors]") {
  CHECK(problem(file("{\"a\":" + tensor("F4", "[3]", "[0,2]") + "}", 2)) == "tensor 'a' is no whole number of bytes");
  CHECK(problem(file("{\"a\":" + tensor("F4", "[4]", "[0,2]") + "}", 2)) == "");
}

TEST_CASE("rule 10: the byte range is what the shape needs", "[contract][safetensors]") {
  CHECK(problem(file("{\"a\":" + tensor("F32", "[2,3]", "[0,20]") + "}", 20)) == "tensor 'a' holds 20 bytes, its shape needs 24");
}

TEST_CASE("rule 11: the file ends with the last tensor", "[contract][safetensors]") {
  const std::string header = "{\"a\":" + tensor("U8", "[4]", "[0,4]") + "}";
  CHECK(problem(file(header, 5)) == "it has 5 bytes of data, expected 4");
  CHECK(problem(file(header, 3)) == "it has 3 bytes of data, expected 4");
  CHECK(problem(file("{}", 1)) == "it has 1 bytes of data, expected 0");
}

TEST_CASE("entries that are none are told by name", "[contract][safetensors]") {
  CHECK(problem(file("{\"a\":" + tensor("F33", "[1]", "[0,4]") + "}", 4)) == "tensor 'a' has unknown dtype F33");
  CHECK(problem(file("{\"a\":3}")) == "tensor 'a' is described by 3");
  CHECK(problem(file("{\"a\":" + tensor("F32", "[-1]", "[0,4]") + "}", 4)) == "tensor 'a' has a shape that is no list of sizes");
  CHECK(problem(file("{\"a\":" + tensor("F32", "{}", "[0,4]") + "}", 4)) == "tensor 'a' has a shape that is no list of sizes");
  CHECK(problem(file("{\"a\":" + tensor("F32", "[1]", "[0]") + "}", 4)) == "tensor 'a' has no two data_offsets");
  CHECK_THAT(problem(file(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4)), ContainsSubstring("tensor 'a'"));
}

TEST_CASE("scalars and empty tensors are legal; offsets come back as places in the file", "[contract][safetensors]") {
  const std::string text = file("{\"empty\":" + tensor("F32", "[0,5]", "[0,0]") + ",\"scalar\":" + tensor("F64", "[]", "[0,8]") + "}", 8);
  const auto header = parsed(text);
  REQUIRE(header.entries.size() == 2);
  CHECK(header.entries[0].name == "empty");
  CHECK(header.entries[1].end == text.size());
  CHECK(header.entries[1].shape.empty());
}

TEST_CASE("a written header is read back, tensors widest first and aligned", "[contract][safetensors]") {
  std::vector<SafetensorsEntry> entries = {{"c", "U8", {3}}, {"b", "F64", {2}}, {"a", "BF16", {5}}};
  const std::string prefix = safetensors_prefix(entries, {{"made", "here"}});
  CHECK(prefix.size() % 8 == 0);
  const auto header = parsed(prefix + std::string(16 + 10 + 3, '\0'));
  REQUIRE(header.entries.size() == 3);
  CHECK(header.entries[0].name == "b");
  CHECK(header.entries[1].name == "a");
  for (const auto& entry : header.entries)
    CHECK(entry.begin % (static_cast<uint64_t>(dtype_bits(entry.dtype)) / 8) == 0);
  CHECK(header.metadata.at("made") == "here");
}

TEST_CASE("an index names plain files beside it", "[contract][safetensors]") {
  const auto index = [](const std::string& file) {
    return parse_safetensors_index(R"({"weight_map":{"a":)" + file + "}}", "m.index.json");
  };
  CHECK(index("\"m-1.safetensors\"").at("a") == "m-1.safetensors");
  for (const char* bad : {"\"../m.safetensors\"", "\"/m.safetensors\"", "\"d\\\\m.safetensors\"", "\".safetensors\"",
                          "\"m.pt\"", "\"..safetensors\"", "\"m\\u0000.safetensors\""})
    CHECK_THROWS_WITH(index(bad), ContainsSubstring("without a path"));
  CHECK_THROWS_WITH(index("7"), ContainsSubstring("expected a file name"));
  CHECK_THROWS_WITH(parse_safetensors_index("{", "m"), ContainsSubstring("is not a valid safetensors index: it is not JSON"));
}

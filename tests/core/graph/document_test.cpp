#include <bgraph/core/graph/document.h>
#include <bgraph/sdk/testing/catch.h>

#include "fixture.h"

namespace bgraph::graph {

namespace {

Value document(const std::string& text) {
  const ScratchFolder folder;
  Sources sources;
  return read_document(folder.write("g.toml", text), sources);
}

}  // namespace

TEST_CASE("every key and value knows its line, column and width", "[core][graph][document]") {
  const Value root = document("[nodes.\"tök\"]\nk = 64\nname = \"größe\"\nlist = [1,\n  22]\n");
  const Value& node = root.entries.at(0).value.entries.at(0).value;
  CHECK(root.entries[0].value.entries[0].key == "tök");
  CHECK(root.entries[0].value.entries[0].span.place.column == 8);
  CHECK(node.find("k")->span.place.line == 2);
  CHECK(node.find("k")->span.place.column == 5);
  CHECK(node.find("k")->span.width == 2);
  CHECK(node.find("name")->span.width == 7);  // characters with the quotes, not bytes
  CHECK(node.find("list")->span.width == 3);  // to the end of its first line
  CHECK(node.find("list")->items.at(1).span.place.line == 5);
}

TEST_CASE("tables keep the order of the file", "[core][graph][document]") {
  const Value root = document("z = 1\na = 2\n[t]\n[b]\n[a_table]\n");
  std::vector<std::string> keys;
  for (const auto& entry : root.entries) keys.push_back(entry.key);
  CHECK(keys == std::vector<std::string>{"z", "a", "t", "b", "a_table"});
}

TEST_CASE("integers, numbers, booleans, text and dates come through", "[core][graph][document]") {
  const Json json =
      document("i = 9007199254740993\nx = 0.1\nb = true\ns = 'a\\b'\nd = 2016-05-04\n").json();
  CHECK(json["i"] == 9007199254740993);
  CHECK(json["i"].is_number_integer());
  CHECK(json["x"] == 0.1);
  CHECK(json["b"] == true);
  CHECK(json["s"] == "a\\b");
  CHECK(json["d"] == "2016-05-04");
}

TEST_CASE("a value on the command line is TOML, and a bare word is text",
          "[core][graph][document]") {
  CHECK(parse_value("64").json() == 64);
  CHECK(parse_value("1e-4").json() == 1e-4);
  CHECK(parse_value("true").json() == true);
  CHECK(parse_value("\"a b\"").json() == "a b");
  CHECK(parse_value("[1, 2]").json() == Json::array({1, 2}));
  CHECK(parse_value("infonce").json() == "infonce");
  CHECK(parse_value("data/subj01.h5").json() == "data/subj01.h5");
  CHECK(parse_value("größe").json() == "größe");
  CHECK(parse_value("").json() == "");
  CHECK_THROWS_AS(parse_value("\xff\xfe"), Error);  // not UTF-8
  CHECK_THROWS_AS(parse_value("[1, 2"), Error);
  CHECK_THROWS_AS(parse_value("1\nother = 2"), Error);
}

TEST_CASE("a file that is not TOML is told alone, with its place", "[core][graph][document]") {
  const ScratchFolder folder;
  Sources sources;
  try {
    read_document(folder.write("g.toml", "a = 1\nb = = 2\n"), sources);
    FAIL("no error");
  } catch (const WrongGraph& wrong) {
    CHECK_THAT(wrong.report(), Catch::Matchers::ContainsSubstring("g.toml:2:5: error: not TOML"));
    CHECK_THAT(wrong.report(), Catch::Matchers::ContainsSubstring("g.toml: 1 error\n"));
  }
}

TEST_CASE("a graph that cannot be read is a wrong graph", "[core][graph][document]") {
  Sources sources;
  CHECK_THROWS_AS(read_document("/nowhere/g.toml", sources), WrongGraph);
  CHECK_THROWS_AS(read_document(ScratchFolder().path, sources), WrongGraph);
}

}  // namespace bgraph::graph

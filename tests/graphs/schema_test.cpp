// The schema of the plugins that are built, against every graph of the tree: what runs must not be red in an editor.
#include "../core/scratch.h"
#include "json_schema.h"

#include <bgraph/core/graph/document.h>
#include <bgraph/sdk/testing/catch.h>

#include <cstdlib>
#include <fstream>

using namespace bgraph;

TEST_CASE("every graph of the tree is right by the schema of its plugins", "[graphs][schema]") {
  const Scratch scratch;
  const std::string command = BGRAPH_PROGRAM " schema -o " + (scratch.path / "schema.json").string();
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream in(scratch.path / "schema.json");
  const Json schema = Json::parse(in);
  int graphs = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(BGRAPH_SOURCE_DIR "/graphs")) {
    if (entry.path().extension() != ".toml") continue;
    graph::Sources sources;
    INFO(entry.path().string());
    CHECK(schema_problem(graph::read_document(entry.path(), sources).json(), schema, schema) == "");
    ++graphs;
  }
  CHECK(graphs > 15);
}

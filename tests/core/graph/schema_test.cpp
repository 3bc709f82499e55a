#include "fixture.h"
#include "json_schema.h"

#include <bgraph/core/graph/document.h>
#include <bgraph/core/graph/schema.h>
#include <bgraph/sdk/testing/catch.h>

namespace bgraph::graph {

namespace {

std::string problem_of(const std::string& text) {
  const ScratchFolder folder;
  Sources sources;
  const Json schema = json_schema(fixture_nodes());
  return schema_problem(read_document(folder.write("g.toml", text), sources).json(), schema, schema);
}

}  // namespace

TEST_CASE("the schema lets right graphs through, ablations and sweeps included", "[core][graph][schema]") {
  CHECK(problem_of(text_of(graphs_folder() / "errors/with/full.toml")) == "");
  CHECK(problem_of("extends = \"full.toml\"\n[nodes.clusters]\nk = 8\n[nodes.old]\nremove = true\n") == "");
  CHECK(problem_of("[sweep]\n\"clusters.k\" = [8, 16]\nseeds = [0, 1]\ncells = [{ name = \"a\", \"clusters.k\" = 3 }]\n") == "");
  CHECK(problem_of("[nodes.c]\ntype = \"external.command\"\ncommand = [\"a\"]\ngives = [\"x: Tensor\"]\ninputs = { y = [\"a.b\"] }\n") == "");
  CHECK(problem_of("[profiles.paper.nodes.encoder]\nepochs = 3\n[parts.low]\nfile = \"p.toml\"\ninputs = { a = \"b.c\" }\n") == "");
}

TEST_CASE("the schema stops what the check would stop in a single node", "[core][graph][schema]") {
  const auto wrong = GENERATE(values<std::string>({
      "[nodes.c]\ntype = \"clusters.gm\"\n",
      "[nodes.c]\ntype = \"clusters.gmm\"\nkk = 3\n",
      "[nodes.c]\ntype = \"clusters.gmm\"\nk = 0\n",
      "[nodes.c]\ntype = \"clusters.gmm\"\nk = 2.5\n",
      "[nodes.c]\ntype = \"clusters.gmm\"\ncovariance = \"round\"\n",
      "[nodes.c]\ntype = \"clusters.gmm\"\ninputs = { voxel = \"a\" }\n",
      "[nodes.c]\ntype = \"clusters.gmm\"\ninputs = { voxels = [\"a\"] }\n",
      "[nodes.c]\ntype = \"io.toy_brains\"\nnoise = 0.0\n",
      "[graph]\nsed = 1\n",
      "[graph]\nseed = -1\n",
      "[sweep]\nseeds = [-1]\n",
      "[sweep]\ncells = [{ \"clusters.k\" = 3 }]\n",
      "[grap]\nseed = 1\n",
  }));
  INFO(wrong);
  CHECK(problem_of(wrong) != "");
}

TEST_CASE("every parameter of the schema explains itself as the manual does", "[core][graph][schema]") {
  const Json schema = json_schema(fixture_nodes());
  CHECK(schema["$schema"] == "http://json-schema.org/draft-04/schema#");
  const Json& k = schema["definitions"]["clusters.gmm"]["properties"]["k"];
  CHECK(k == Json{{"type", "integer"}, {"minimum", 1}, {"maximum", 4096}, {"default", 128}, {"description", "number of clusters"}});
}

}  // namespace bgraph::graph

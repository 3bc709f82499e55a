// The page on the graph language: its examples are TOML of the right shape.
#include <bgraph/core/graph/shape.h>
#include <bgraph/sdk/testing/catch.h>

#include "fixture.h"

namespace bgraph::graph {

TEST_CASE("every example of graphs/README.md has the shape of a graph", "[core][graph][readme]") {
  const std::string page = text_of(std::filesystem::path(BGRAPH_SOURCE_DIR) / "graphs/README.md");
  const std::string open = "```toml\n", close = "```";
  const ScratchFolder folder;
  int examples = 0;
  for (size_t at = page.find(open); at != std::string::npos; at = page.find(open, at)) {
    at += open.size();
    Sources sources;
    std::vector<Problem> problems;
    Value document = read_document(folder.write(std::to_string(++examples) + ".toml",
                                                page.substr(at, page.find(close, at) - at)),
                                   sources);
    check_shape(document, problems);
    INFO(spell(problems, sources));
    CHECK(problems.empty());
  }
  CHECK(examples >= 6);
}

}  // namespace bgraph::graph

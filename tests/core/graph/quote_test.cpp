#include <bgraph/core/graph/quote.h>
#include <bgraph/sdk/testing/catch.h>

namespace bgraph::graph {

TEST_CASE("carets stand under what they mean", "[core][graph][quote]") {
  CHECK(quote("k = 64", 7, 5, 2) == "\n  7 | k = 64\n    |     ^^");
  CHECK(quote("\tk = 64", 12, 6, 2) == "\n  12 | \tk = 64\n     | \t    ^^");
  CHECK(quote("größe = 1", 1, 9, 1) == "\n  1 | größe = 1\n    |         ^");
  CHECK(quote("k = ", 3, 5, 1) == "\n  3 | k = \n    |     ^");
  CHECK(quote("", 3, 1, 1).empty());
}

TEST_CASE("control bytes of a broken file do not reach the terminal", "[core][graph][quote]") {
  CHECK(quote("a\x1b[31m\x7f", 1, 1, 1) == "\n  1 | a?[31m?\n    | ^");
}

TEST_CASE("a long line is cut around the carets", "[core][graph][quote]") {
  const std::string line = "k = " + std::string(1000, 'x') + "!" + std::string(1000, 'y');
  const std::string text = quote(line, 1, 1005, 1);
  CHECK(text.size() < 400);
  CHECK(text.find("...xxx") != std::string::npos);
  CHECK(text.find("x!y") != std::string::npos);
  const size_t break_at = text.rfind('\n');
  CHECK(text.rfind('^') - break_at == text.find('!') - text.find('\n'));
  CHECK(quote(line, 1, 5, 2000).size() < 400);  // carets end with the line
}

}  // namespace bgraph::graph

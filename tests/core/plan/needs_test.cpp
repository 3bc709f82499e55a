#include <bgraph/core/plan/needs.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::plan;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("declared memory is arithmetic over parameters, items and input size", "[plan][needs]") {
  const Needs needs{{{"width", 64}, {"rate", 0.5}, {"name", "x"}}, 10.0, 8.0};
  REQUIRE(memory_mib("300", needs) == 300.0);
  REQUIRE(memory_mib("2 + 3 * 4 - 6 / 3", needs) == 12.0);
  REQUIRE(memory_mib("(2 + 3) * 4", needs) == 20.0);
  REQUIRE(memory_mib("1e2 + rate * width + items * input_mib", needs) == 212.0);
}

TEST_CASE("memory over what is not known yet is not known yet", "[plan][needs]") {
  const Needs needs{{{"width", 64}}, {}, {}};
  REQUIRE(memory_mib("width * 2", needs) == 128.0);
  REQUIRE_FALSE(memory_mib("width + items", needs).has_value());
  REQUIRE_FALSE(memory_mib("input_mib", needs).has_value());
}

TEST_CASE("a malformed declaration is told with its place", "[plan][needs]") {
  const auto [text, reason] = GENERATE(table<std::string, std::string>({
      {"", "expected a number, a name or '(' at character 1"},
      {"2 +", "expected a number, a name or '(' at character 4"},
      {"2 3", "expected an operator at character 3"},
      {"(2", "expected ')' at character 3"},
      {"2 * depth", "'depth' is no number parameter"},
      {"name", "'name' is no number parameter"},
      {std::string(70, '('), "too many parentheses"},
  }));
  REQUIRE_THROWS_WITH(memory_mib(text, Needs{{{"name", "x"}}, {}, {}}), ContainsSubstring(reason));
}

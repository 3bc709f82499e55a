#include <bgraph/core/cli/templates.h>
#include <bgraph/sdk/testing/catch.h>

namespace bgraph::cli {

namespace {

using Catch::Matchers::ContainsSubstring;

/// A reader with three splits and a map, and a node that trains.
registry::Catalogue catalogue() {
  const NodeSpec read{.type = "x.read",
                      .outputs = {{.name = "train", .type = "Betas", .split = "train"},
                                  {.name = "validation", .type = "Betas", .split = "validation"},
                                  {.name = "test", .type = "Betas", .split = "test"},
                                  {.name = "ceiling", .type = "Tensor", .dims = {"V"}}}};
  const NodeSpec fit{.type = "x.fit",
                     .inputs = {{.name = "betas", .type = "Betas", .fits = true},
                                {.name = "validation_betas", .type = "Betas", .fits = true},
                                {.name = "test_betas", .type = "Betas"},
                                {.name = "prf", .type = "Tensor", .dims = {"V", "3"}}}};
  registry::Catalogue made;
  made.add({"x", "1", {read, fit}, {}}, "x.so", "0123");
  return made;
}

}  // namespace

TEST_CASE("a new graph wires inputs by name where types leave a choice, and leaves open what nothing fits", "[core][cli][templates]") {
  const std::string text = graph_of({"x.read", "x.fit"}, catalogue());
  for (const char* line : {"\nbetas = \"read.train\"", "\nvalidation_betas = \"read.validation\"",
                           "\ntest_betas = \"read.test\"", "\nprf = \"?\""})
    CHECK_THAT(text, ContainsSubstring(line));
}

}  // namespace bgraph::cli

#include <bgraph/core/cli/manual.h>
#include <bgraph/core/cli/value_page.h>
#include <bgraph/sdk/testing/catch.h>

namespace bgraph::cli {

namespace {

using Catch::Matchers::ContainsSubstring;

registry::Catalogue example() {
  NodeSpec gmm{.type = "clusters.gmm",
               .summary = "voxels grouped by a mixture.",
               .doc = "clusters.gmm: voxels grouped by a mixture.\n\nSource: a paper.\n",
               .source = "plugins/clusters/gmm.cpp",
               .inputs = {{.name = "voxels",
                           .type = "VoxelTable",
                           .dims = {"V", "D"},
                           .dtype = "float32",
                           .doc = "embeddings",
                           .fits = true}},
               .outputs = {{.name = "v2c", .type = "ClusterMap", .split = "=voxels"}},
               .params = {{.name = "k",
                           .kind = ParamKind::integer,
                           .fallback = 128,
                           .minimum = 1,
                           .maximum = 4096,
                           .doc = "clusters"},
                          {.name = "file", .kind = ParamKind::file, .doc = "start"},
                          {.name = "shape",
                           .kind = ParamKind::text,
                           .fallback = "diag",
                           .choices = {"diag", "full"}},
                          {.name = "floor",
                           .kind = ParamKind::number,
                           .fallback = 0.5,
                           .minimum = 0,
                           .above_minimum = true,
                           .operational = true}},
               .draws = true};
  registry::Catalogue catalogue;
  const ComponentSpec bit{.type = "decoding.bit",
                          .interface = "Predictor",
                          .summary = "brain tokens read by queries.",
                          .doc = "decoding.bit: brain tokens read by queries.\n\n  x = q0 + Cross(T, q0)\n",
                          .source = "plugins/decoding/bit.cpp",
                          .params = {{.name = "width", .kind = ParamKind::integer, .fallback = 128, .doc = "D"}}};
  catalogue.add({"clusters.gmm", "1", {gmm}, {bit, {.type = "clusters.gmm", .interface = "Mixture"}}}, "/lib/gmm.so", "abcd");
  return catalogue;
}

}  // namespace

TEST_CASE("a manual page says what the declaration says", "[core][cli][manual]") {
  const std::string page = manual_page(*example().node_offer("clusters.gmm"));
  for (const char* text :
       {"clusters.gmm: voxels grouped by a mixture.\n\nSource: a paper.\n",
        "VoxelTable [V, D] float32", "fits", "split of voxels", "integer in [1, 4096]", "= 128",
        "must be given", "text: diag | full", "number > 0", "(changes no result)",
        "draws random numbers", "plugins/clusters/gmm.cpp", "/lib/gmm.so", "build abcd"})
    CHECK_THAT(page, ContainsSubstring(text));
}

TEST_CASE("a component's page is its opening comment, how it is used, and its parameters", "[core][cli][manual]") {
  const std::string page = manual_page(*example().component("decoding.bit"));
  for (const char* text : {"decoding.bit: brain tokens read by queries.\n\n  x = q0 + Cross(T, q0)\n", "interface Predictor",
                           "width  integer  = 128  D", "plugins/decoding/bit.cpp", "build abcd"})
    CHECK_THAT(page, ContainsSubstring(text));
}

TEST_CASE("a node that makes the component of its name has both on one page", "[core][cli][manual]") {
  const registry::Catalogue catalogue = example();
  const std::string page = manual_page(*catalogue.node_offer("clusters.gmm"), *catalogue.component("clusters.gmm"));
  CHECK_THAT(page, ContainsSubstring("must be given") && ContainsSubstring("interface Mixture"));
}

TEST_CASE("the list shows nodes and components by folder", "[core][cli][manual]") {
  const std::string page = list_page(example());
  CHECK(page.find("clusters\n  clusters.gmm") == 0);
  CHECK_THAT(page, ContainsSubstring("decoding\n  decoding.bit  component: Predictor, brain tokens read by queries."));
}

TEST_CASE("JSON pages carry what a program needs to find the build", "[core][cli][manual]") {
  const Json json = list_json(example());
  CHECK(json["nodes"][0]["params"][0]["maximum"] == 4096);
  CHECK(json["nodes"][0]["build_id"] == "abcd");
  CHECK(json["components"][1]["interface"] == "Predictor");
}

TEST_CASE("a value page shows shapes and sizes, and counts long lists", "[core][cli][value_page]") {
  ValueHeader header{.type = "Betas", .meta = {{"split", "train"}, {"image_ids", Json::array()}}};
  for (int i = 0; i < 200; ++i) header.meta["image_ids"].push_back(i);
  header.tensors = {{"betas", "F32", {1200, 3000}, {}}};
  header.files = {{"table.csv", 2048, {}}};
  const std::string page = value_page(header);
  for (const char* text : {"Betas ", "[1200, 3000]", "13.7 MiB", "list of 200", "\"train\"", "2.0 KiB"})
    CHECK_THAT(page, ContainsSubstring(text));
}

}  // namespace bgraph::cli

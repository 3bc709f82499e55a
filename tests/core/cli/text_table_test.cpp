#include <bgraph/core/cli/text_table.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;

TEST_CASE("columns are aligned, intervals stand behind their means and notes below", "[core][cli][text_table]") {
  const Json table = Json::parse(R"({
    "columns": [{"name": "ssim"}, {"name": "ssim_lo"}, {"name": "ssim_hi"}, {"name": "n_test"}, {"name": "verification"}],
    "rows": [{"name": "ours, äöü", "values": {"ssim": 0.48649, "ssim_lo": 0.47, "ssim_hi": 0.5, "n_test": 1000}},
             {"name": "DREAM", "values": {"ssim": 0.328, "n_test": 982, "verification": "unverified"}}],
    "notes": ["not ranked"]})");
  CHECK(cli::table_text(table) ==
        "           ssim                  n_test  verification\n"
        "ours, äöü  0.486 [0.470, 0.500]  1000    -\n"
        "DREAM      0.328                 982     unverified\n"
        "  not ranked\n");
}

#include <bgraph/core/sweep/joint_table.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;

TEST_CASE("the long form quotes what a comma would split and leaves the missing empty", "[sweep][joint_table]") {
  const Json joint = {{"tables",
                       {{"scores",
                         {{{"cell", "k=8,l=2"}, {"row", "mean"}, {"protocol", "0c11"}, {"values", {{"pixcorr", 0.25}, {"ssim", nullptr}}}},
                          {{"cell", "p"}, {"row", "a \"b\""}, {"protocol", ""}, {"values", {{"note", "x,y"}}}}}}}}};
  REQUIRE(sweep::to_csv(joint) ==
          "table,cell,row,protocol,column,value\n"
          "scores,\"k=8,l=2\",mean,0c11,pixcorr,0.25\n"
          "scores,\"k=8,l=2\",mean,0c11,ssim,\n"
          "scores,p,\"a \"\"b\"\"\",,note,\"x,y\"\n");
}

#include <bgraph/core/sweep/joint_table.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;

TEST_CASE("the long form quotes what a comma would split and leaves the missing empty", "[sweep][joint_table]") {
  const Json joint = {{"cells", Json::array()},
                      {"tables",
                       {{"scores",
                         {{{"cell", "k=8,l=2"}, {"row", "mean"}, {"values", {{"pixcorr", 0.25}, {"ssim", nullptr}}}},
                          {{"cell", "p"}, {"row", "a \"b\""}, {"values", {{"note", "x,y"}}}}}}}}};
  REQUIRE(sweep::to_csv(joint) ==
          "table,cell,row,column,value\n"
          "scores,\"k=8,l=2\",mean,pixcorr,0.25\n"
          "scores,\"k=8,l=2\",mean,ssim,\n"
          "scores,p,\"a \"\"b\"\"\",note,\"x,y\"\n");
}

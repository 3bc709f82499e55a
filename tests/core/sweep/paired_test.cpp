#include "../scratch.h"

#include <bgraph/core/sweep/joint_table.h>
#include <bgraph/core/sweep/paired.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>
#include <fstream>

using namespace bgraph;

namespace {

/// A record whose cells have one table "scores" of one number each.
struct World {
  Scratch scratch;
  store::Store store{scratch.path / "store"};
  run::RunRecord record;

  World() { store.prepare(); }

  void cell(const std::string& setting, int64_t seed, double pixcorr, const std::string& judge = "a") {
    add(setting, seed, {{"rows", {{{"name", "both"}, {"values", {{"pixcorr", pixcorr}, {"note", "text"}}}}}},
                        {"protocol", {{"judge", judge}}}});
  }

  void add(const std::string& setting, int64_t seed, const Json& table, const std::string& port = "table") {
    store::Publication draft(store, "test");
    const std::string text = table.dump();
    std::ofstream(draft.folder() / "table.json") << text;
    ValueHeader header{.type = "Table"};
    header.files.push_back({"table.json", static_cast<int64_t>(text.size()), digest_file(draft.folder() / "table.json")});
    run::CellRecord cell{setting + std::to_string(seed), {}, {{"scores", record.nodes.size()}}};
    cell.graph.setting = setting;
    cell.graph.settings.seed = seed;
    cell.graph.is_baseline = setting == "base";
    record.cells.push_back(cell);
    record.nodes.push_back({.name = "scores", .outcome = run::Outcome::hit, .outputs = {{port, draft.publish(header)}},
                            .output_types = {{port, "Table"}}});
  }
};

}  // namespace

TEST_CASE("the difference from the baseline is the mean over shared seeds with a t interval", "[sweep][paired]") {
  World world;
  for (int64_t seed : {0, 1, 2}) world.cell("base", seed, 0.5 + 0.1 * static_cast<double>(seed));
  world.cell("k", 0, 0.6);   // +0.1
  world.cell("k", 1, 0.9);   // +0.3
  world.cell("k", 2, 0.9);   // +0.2
  world.cell("k", 9, 77.0);  // a seed the baseline lacks counts for nothing
  const Json lines = sweep::paired(world.record, world.store);
  REQUIRE(lines.size() == 1);
  const Json& line = lines[0];
  REQUIRE(line["setting"] == "k");
  REQUIRE(line["column"] == "pixcorr");
  REQUIRE(line["pairs"] == 3);
  REQUIRE(line["difference"].get<double>() == Approx(0.2).margin(1e-12));
  // sd of (0.1, 0.3, 0.2) is 0.1; t(.975, 2) = 4.302652729911275 (Abramowitz and Stegun, table 26.10: 4.303)
  const double half = 4.302652729911275 * 0.1 / std::sqrt(3.0);
  REQUIRE(line["low"].get<double>() == Approx(0.2 - half).margin(1e-9));
  REQUIRE(line["high"].get<double>() == Approx(0.2 + half).margin(1e-9));
}

TEST_CASE("one pair has a difference and no interval; another protocol has neither", "[sweep][paired]") {
  World world;
  world.cell("base", 0, 0.5);
  world.cell("k", 0, 0.75);
  world.cell("other", 0, 0.75, "b");
  const Json lines = sweep::paired(world.record, world.store);
  REQUIRE(lines.size() == 2);
  REQUIRE(lines[0]["difference"] == 0.25);
  REQUIRE(lines[0]["low"].is_null());
  REQUIRE(lines[1]["setting"] == "other");
  REQUIRE_FALSE(lines[1].contains("difference"));
  REQUIRE(sweep::paired_csv(lines) ==
          "table,row,column,setting,baseline,pairs,over,mean,baseline_mean,difference,low,high,note\n"
          "scores,both,pixcorr,k,base,1,1 seed,0.75,0.5,0.25,,,\n"
          "scores,both,pixcorr,other,base,,,,,,,,\"scored under another protocol, so not compared\"\n");
}

TEST_CASE("one seed scored under another protocol forbids the comparison, whichever seed it is", "[sweep][paired]") {
  World world;
  for (int64_t seed : {0, 1}) world.cell("base", seed, 0.5);
  world.cell("k", 0, 0.75, "b");
  world.cell("k", 1, 0.75);
  const Json lines = sweep::paired(world.record, world.store);
  REQUIRE(lines.size() == 1);
  REQUIRE(lines[0]["note"] == "scored under another protocol, so not compared");
  REQUIRE_FALSE(lines[0].contains("difference"));
}

TEST_CASE("rows of images are compared image by image, over images and brains", "[sweep][paired]") {
  World world;
  const auto scores = [](double gain, int images) {
    Json rows = Json::array();
    for (int image = 0; image < images; ++image)
      for (const int subject : {0, 1}) {
        const double value = 0.1 * image + (image == 0 ? gain : 2 * gain) + (subject == 0 ? 0 : gain);
        rows.push_back({{"name", "x"}, {"values", {{"method", "both"}, {"image", image}, {"subject", subject}, {"category", 3}, {"pixcorr", value}}}});
      }
    return Json{{"rows", rows}};
  };
  world.add("base", 0, scores(0, 2));
  world.add("k", 0, scores(0.1, 3));  // the third image is the baseline's business no more than a third seed
  const Json lines = sweep::paired(world.record, world.store);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["row"] == "both");
  CHECK(lines[0]["column"] == "pixcorr");
  CHECK(lines[0]["over"] == "2 images x 2 brains");
  CHECK(lines[0]["pairs"] == 4);
  CHECK(lines[0]["difference"].get<double>() == Approx(0.2).margin(1e-12));  // (.1 .2; .2 .3)
  // MS_I = MS_B = 2 * 2 * .05^2, no rest: var = 2 MS / 4; df = (2 MS)^2 / 2 MS^2 = 2
  const double half = 4.302652729911275 * std::sqrt(2 * 0.01 / 4);
  CHECK(lines[0]["high"].get<double>() == Approx(0.2 + half).margin(1e-9));
}

TEST_CASE("training curves are no scores", "[sweep][paired]") {
  World world;
  const Json curves = {{"rows", {{{"name", "1"}, {"values", {{"loss", 3.0}}}}}}};
  for (const char* setting : {"base", "k"}) world.add(setting, 0, curves, "curves");
  CHECK(sweep::paired(world.record, world.store).empty());
}

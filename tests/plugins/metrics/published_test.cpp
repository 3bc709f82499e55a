// metrics.published with the file that ships.
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/table.h>

#include <fstream>
#include <set>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string kFile = std::string(BGRAPH_SOURCE_DIR) + "/datasets/published/results.json";

Json shipped() {
  std::ifstream in(kFile);
  return Json::parse(in);
}

const Row& row(const Table& table, const std::string& name) {
  for (const auto& r : table.rows)
    if (r.name == name) return r;
  throw std::runtime_error("no row " + name);
}

std::string notes(const Table& table) {
  std::string all;
  for (const auto& note : table.notes) all += note + "\n";
  return all;
}

testing::NodeRun published(const std::string& which) {
  testing::NodeRun run("metrics.published");
  run.set("file", kFile).set("which", which);
  return run;
}

}  // namespace

TEST_CASE("every shipped row has a value per column and a tag with a meaning", "[metrics][published]") {
  const Json file = shipped();
  std::set<std::string> names;
  for (const auto& table : file["tables"]) {
    CAPTURE(table["name"]);
    CHECK(names.insert(table["name"].get<std::string>()).second);
    CHECK(table["source"].get<std::string>().size() > 10);
    for (const auto& r : table["rows"]) {
      CHECK(r["values"].size() == table["columns"].size());
      CHECK(file["tags"].contains(r["tag"].get<std::string>()));
      const Json exceptions = r.value("except", Json::object());
      for (const auto& [column, tag] : exceptions.items()) {
        CHECK(std::find(table["columns"].begin(), table["columns"].end(), column) != table["columns"].end());
        CHECK(file["tags"].contains(tag.get<std::string>()));
        CHECK(tag != r["tag"]);
      }
    }
  }
  for (const char* name : {"nsd", "nsd_1h", "nsd_further", "ablation_branches", "encoder"}) CHECK(names.count(name) == 1);
}

TEST_CASE("unverified numbers are shown as such: in the name of the row and column by column", "[metrics][published]") {
  const Table table = published("nsd").run().out<Table>("table");
  CHECK(std::get<double>(row(table, "Brain-IT (published)").cells.at("two_way_alex5")) == Approx(0.995));
  CHECK(std::get<double>(row(table, "Brain-IT (published)").cells.at("distance_swav")) == Approx(0.320));
  CHECK(std::get<std::string>(row(table, "Brain-IT (published)").cells.at("verification")) == "paper");
  CHECK(std::get<std::string>(row(table, "DREAM (unverified)").cells.at("verification")) == "unverified");
  CHECK(std::get<std::string>(row(table, "Takagi & Nishimoto (unverified)").cells.at("verification")) ==
        "published; unverified: two_way_alex2, two_way_alex5");
  CHECK_THAT(notes(table), ContainsSubstring("unverified: not checked against a publication"));
}

TEST_CASE("own scores stand above published ones, unranked, with what is known of both protocols", "[metrics][published]") {
  Table own{.title = "Reconstruction scores", .protocol = {{"name", "brainit"}, {"images", 907}}};
  own.column("pixcorr", "", "higher").column("distance_eff", "", "lower").row("ours").cells = {{"pixcorr", 0.25}, {"distance_eff", 0.7}};
  const Table table = published("nsd").in("scores", own).run().out<Table>("table");
  CHECK(table.rows.front().name == "ours");
  CHECK(std::get<double>(table.rows.front().cells.at("pixcorr")) == 0.25);
  for (const auto& column : table.columns) CHECK(column.better.empty());
  CHECK(table.protocol.empty());
  CHECK_THAT(notes(table), ContainsSubstring("not ranked") && ContainsSubstring("name brainit; images 907") &&
                               ContainsSubstring("images 982") && ContainsSubstring("NSD; images 1000; subjects 1, 2, 5, 7"));
}

TEST_CASE("a table nobody published is refused with those there are", "[metrics][published]") {
  CHECK_THROWS_WITH(published("nsd2").run(), ContainsSubstring("no published results 'nsd2', only nsd, nsd_1h"));
}

// metrics.paper through its entry: what true, degraded and broken reconstructions must come out as.
#include "paper_scene.h"

#include "pixcorr.h"

#include <bgraph/sdk/contract/protocol.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/table.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::metrics;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kImages = 21;

double cell(const Table& table, const std::string& row, const std::string& column) {
  for (const auto& r : table.rows)
    if (r.name == row) return std::get<double>(r.cells.at(column));
  throw std::runtime_error("no row " + row);
}

bool has_column(const Table& table, const std::string& name) {
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) { return column.name == name; });
}

std::string notes(const Table& table) {
  std::string all;
  for (const auto& note : table.notes) all += note + "\n";
  return all;
}

testing::NodeRun scoring(const Images& seen, const std::vector<std::string>& names, const std::vector<Images>& entries) {
  testing::NodeRun run("metrics.paper");
  run.set("definition", small_definition()).set("names", names).set("resamples", 200).set("permutations", 300).in("seen", seen);
  for (const auto& entry : entries) run.in("images", entry);
  return run;
}

testing::NodeRun judged(const Images& seen, const std::vector<std::string>& names, const std::vector<Images>& entries) {
  auto run = scoring(seen, names, entries);
  run.in("alexnet", small_network(0)).in("clip", small_network(1)).in("outside", small_pictures(9, 900, 5));
  return run;
}

}  // namespace

TEST_CASE("images scored against themselves are perfect in every step", "[metrics][paper]") {
  const Images seen = small_pictures(kImages, 40, 0);
  const Table table = judged(seen, {"itself"}, {seen}).run().out<Table>("table");
  for (const std::string score : {"pixcorr", "ssim", "color_ssim", "two_way_shallow", "two_way_deep", "top1", "top1_outside"}) {
    CAPTURE(score);
    CHECK(cell(table, "itself", score) == Approx(1));
  }
  CHECK(cell(table, "itself", "distance") == Approx(0).margin(1e-12));
  CHECK(cell(table, "itself", "n_test") == kImages);
}

TEST_CASE("shuffled reconstructions lie in the chance band, and one way in five", "[metrics][paper]") {
  const Images seen = small_pictures(kImages, 40, 0);
  Images shuffled = degraded(seen, 0.8, 3);
  shuffled.pixels = shuffled.pixels.roll(1, 0);
  const Table table = judged(seen, {"good", "shuffled"}, {degraded(seen, 0.8, 3), shuffled}).run().out<Table>("table");
  for (const std::string score : {"two_way_shallow", "two_way_deep"}) {
    CAPTURE(score);
    CHECK(cell(table, "good", score) > cell(table, "good", score + "_chance_hi"));
    CHECK(cell(table, "shuffled", score) >= cell(table, "shuffled", score + "_chance_lo"));
    CHECK(cell(table, "shuffled", score) <= cell(table, "shuffled", score + "_chance_hi"));
  }
  CHECK(cell(table, "good", "top1") > 0.5);
  CHECK(cell(table, "shuffled", "top1") < 0.45);  // 21 rows of chance .2
  CHECK(cell(table, "shuffled", "distance") > cell(table, "good", "distance") + 0.1);
}

TEST_CASE("both sides are brought to the first size before a step resizes them again", "[metrics][paper]") {
  const Images seen = small_pictures(7, 40, 0), made = degraded(seen, 0.5, 4);
  const Table table = scoring(seen, {"made"}, {made}).run().out<Table>("table");
  const at::Tensor direct = pixcorr(resized(seen.pixels, {16}), resized(made.pixels, {16}), {24});
  CHECK(cell(table, "made", "pixcorr") == Approx(direct.mean().item<double>()).margin(1e-9));
  CHECK(std::abs(pixcorr(seen.pixels, made.pixels, {24}).mean().item<double>() - direct.mean().item<double>()) > 1e-3);
}

TEST_CASE("a score whose network is not wired is absent, and the table says so", "[metrics][paper]") {
  const Images seen = small_pictures(7, 40, 0);
  const Table table = scoring(seen, {"itself"}, {seen}).in("alexnet", small_network(0)).run().out<Table>("table");
  CHECK(has_column(table, "two_way_deep"));
  CHECK_FALSE(has_column(table, "distance"));
  CHECK_THAT(notes(table), ContainsSubstring("Absent: distance, top1, top1_outside (no network 'clip' is wired)."));
  const Table few = judged(seen.rows(0, 4), {"itself"}, {seen.rows(0, 4)}).run().out<Table>("table");
  CHECK_THAT(notes(few), ContainsSubstring("Absent: top1 (needs 5 seen images, there are 4)."));
}

TEST_CASE("a table carries its protocol whole: definition, networks, list, repeats", "[metrics][paper]") {
  const Images seen = small_pictures(kImages, 40, 0);
  auto run = judged(seen, {"itself"}, {seen});
  const Table table = run.set("repeats", 3).set("sessions", 37).run().out<Table>("table");
  CHECK(table.protocol["name"] == "small");
  CHECK(table.protocol["version"] == 3);
  CHECK(table.protocol["steps"]["two_way_deep"]["tap"] == "stage2");
  CHECK(table.protocol["repeats"] == 3);
  CHECK(table.protocol["sessions"] == 37);
  CHECK(table.protocol["images"] == kImages);
  CHECK_THAT(table.protocol["networks"]["clip"].get<std::string>(), ContainsSubstring("small1 "));
  CHECK(std::get<std::string>(table.rows[0].cells.at("protocol")) == "small " + protocol_digest(table.protocol));
  CHECK(table.inputs["images"].size() == 1);

  // Another list of images, or other weights, is another protocol; other reconstructions are not.
  const auto digest = [](const Table& other) { return protocol_digest(other.protocol); };
  auto same = judged(seen, {"worse"}, {degraded(seen, 0.5, 9)});
  CHECK(digest(same.set("repeats", 3).set("sessions", 37).run().out<Table>("table")) == digest(table));
  auto fewer = judged(seen.rows(0, 20), {"itself"}, {seen.rows(0, 20)});
  CHECK(digest(fewer.set("repeats", 3).set("sessions", 37).run().out<Table>("table")) != digest(table));
}

TEST_CASE("entries of one name are subjects of one method", "[metrics][paper]") {
  const Images seen = small_pictures(kImages, 40, 0), one = degraded(seen, 0.7, 6), two = degraded(seen, 0.5, 7);
  auto apart = scoring(seen, {"one", "two"}, {one, two}), together = scoring(seen, {"ours", "ours"}, {one, two});
  const Table rows = apart.run().out<Table>("table"), joined = together.run().out<Table>("table");
  REQUIRE(joined.rows.size() == 1);
  CHECK(cell(joined, "ours", "subjects") == 2);
  CHECK(cell(joined, "ours", "ssim") == Approx((cell(rows, "one", "ssim") + cell(rows, "two", "ssim")) / 2).margin(1e-12));
}

TEST_CASE("the order of rows does not matter, and a missing row is said", "[metrics][paper]") {
  const Images seen = small_pictures(kImages, 40, 0), made = degraded(seen, 0.6, 8);
  const at::Tensor order = Rng(23, "test", "order", 0, 0).permutation(kImages);
  const Table straight = judged(seen, {"a"}, {made}).run().out<Table>("table");
  const Table mixed = judged(seen, {"a"}, {made.select(order)}).run().out<Table>("table");
  CHECK(cell(mixed, "a", "two_way_deep_lo") == Approx(cell(straight, "a", "two_way_deep_lo")));
  auto part = judged(seen, {"a"}, {made.rows(0, 5)});
  CHECK(cell(part.run().out<Table>("table"), "a", "n_test") == 5);
  CHECK_THAT(part.warnings().at(0), ContainsSubstring("5 of the 21 seen images"));
}

TEST_CASE("a wrong network, a wrong tap and distractors that are test images are refused", "[metrics][paper]") {
  const Images seen = small_pictures(kImages, 40, 0);
  Model untapped = testing::recipe("features.convnet", {{"channels", {4, 6}}, {"image_size", 16}, {"taps", {"stage1"}}});
  const Model whole = small_network(0);
  untapped.weights = whole.weights;
  CHECK_THROWS_WITH(scoring(seen, {"a"}, {seen}).in("alexnet", untapped).run(),
                    ContainsSubstring("'two_way_deep' reads 'stage2' of network 'alexnet', which is tapped at 'stage1'"));
  auto used = scoring(seen, {"a"}, {seen});
  CHECK_THROWS_WITH(used.in("alexnet", small_network(0)).in("networks", small_network(0)).run(), ContainsSubstring("has the weights of"));
  auto leaking = scoring(seen, {"a"}, {seen});
  CHECK_THROWS_WITH(leaking.in("clip", small_network(1)).in("outside", small_pictures(9, 55, 5)).run(),
                    ContainsSubstring("6 of the 9 images in 'outside' are seen images"));
}

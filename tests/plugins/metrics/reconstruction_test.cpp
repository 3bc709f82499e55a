// The scoring node on synthetic scenes: what true, shuffled and mean images must come out as.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kImages = 24, kSubjects = 2;

at::Tensor noise(at::IntArrayRef shape, int64_t index) { return Rng(11, "test", "scenes", 0, index).uniform(shape); }

/// Smooth pictures that share a common part, four categories in turn.
Images scenes(int64_t count, int64_t first_id, int64_t index, const std::string& split) {
  const at::Tensor category = at::arange(count, at::kLong) % 4;
  const at::Tensor of_category = noise({4, 3, 4, 4}, 1).index_select(0, category);
  const at::Tensor coarse = 0.4 * noise({1, 3, 4, 4}, 0) + 0.2 * of_category + 0.4 * noise({count, 3, 4, 4}, index);
  return {at::upsample_bilinear2d(coarse, {16, 16}, false), at::arange(first_id, first_id + count, at::kLong), category,
          "toy", split};
}

Images seen() { return scenes(kImages, 100, 2, "validation"); }

/// What a decoder of two subjects might give: rows subject by subject.
Images decoded(const Images& shown) {
  const at::Tensor twice = shown.pixels.repeat({kSubjects, 1, 1, 1});
  return {0.5 * twice + 0.5 * noise(twice.sizes(), 3), shown.image_id.repeat({kSubjects}),
          shown.category.repeat({kSubjects}), "toy", "validation"};
}

Model network(int64_t index) {
  Model model = testing::recipe("features.convnet", {{"channels", {4, 6}}, {"image_size", 16}});
  const auto built = testing::build_component<ImageBackbone>(model);
  built->initialise(Rng(12, "test", "judge", 0, index));
  model.weights = weights_of(*built);
  model.notes["name"] = "net" + std::to_string(index);
  return model;
}

Images controlled(const char* node, const Images& shown) {
  testing::NodeRun run(node);
  return run.in("training", scenes(40, 1000, 4, "train")).in("seen", shown).run().out<Images>("images");
}

double cell(const Table& table, const std::string& row, const std::string& column) {
  for (const auto& r : table.rows)
    if (r.name == row) return std::get<double>(r.cells.at(column));
  throw std::runtime_error("no row " + row);
}

testing::NodeRun scoring(const Images& shown, const std::vector<std::string>& names, const std::vector<Images>& methods) {
  testing::NodeRun run("metrics.reconstruction");
  run.set("names", names).set("resamples", 300).set("permutations", 400).in("seen", shown);
  for (const auto& method : methods) run.in("images", method);
  return run;
}

}  // namespace

TEST_CASE("shuffled pairing falls into the chance band, and pixel scores to what unrelated images share",
          "[metrics][reconstruction]") {
  const Images shown = seen(), truth = decoded(shown);
  testing::NodeRun shuffle("analysis.shuffle_images");
  const Images shuffled = shuffle.in("images", truth).run().out<Images>("images");
  const Images mean = controlled("analysis.mean_image", shown);
  auto run = scoring(shown, {"decoded", "shuffled", "mean"}, {truth, shuffled, mean});
  const Table table = run.in("judge", network(0)).run().out<Table>("table");
  for (const std::string metric : {"two_way_pixels", "two_way_deep", "two_way_deep_within"}) {
    CAPTURE(metric);
    CHECK(cell(table, "decoded", metric) > cell(table, "decoded", metric + "_chance_hi"));
    CHECK(cell(table, "shuffled", metric) >= cell(table, "shuffled", metric + "_chance_lo"));
    CHECK(cell(table, "shuffled", metric) <= cell(table, "shuffled", metric + "_chance_hi"));
    CHECK(cell(table, "mean", metric) == Approx(0.5).margin(1e-9));
  }
  for (const std::string metric : {"pixcorr", "ssim"}) {
    CAPTURE(metric);
    CHECK(cell(table, "shuffled", metric) < cell(table, "mean", metric));  // and above zero: the common part remains
    CHECK(cell(table, "shuffled", metric) > 0);
    CHECK(cell(table, "decoded", metric) > cell(table, "shuffled", metric) + 0.05);
  }
  CHECK(cell(table, "decoded", "images") == kImages);
  CHECK(cell(table, "decoded", "subjects") == kSubjects);
  CHECK(table.split == "validation");
  CHECK(table.protocol.at("judge") == "net0");
}

TEST_CASE("category means look decoded overall and fall to chance within category", "[metrics][reconstruction]") {
  const Images shown = seen();
  auto run = scoring(shown, {"category"}, {controlled("analysis.category_mean", shown)});
  const Table table = run.run().out<Table>("table");
  CHECK(cell(table, "category", "two_way_pixels") > cell(table, "category", "two_way_pixels_chance_hi"));
  CHECK(cell(table, "category", "two_way_pixels_within") == Approx(0.5).margin(1e-9));
}

TEST_CASE("images scored against themselves are perfect, with intervals of no width", "[metrics][reconstruction]") {
  const Images shown = seen();
  auto run = scoring(shown, {"itself"}, {shown});
  const Table table = run.set("ssim", "both").run().out<Table>("table");
  for (const std::string metric : {"pixcorr", "ssim", "ssim_uniform", "two_way_pixels"}) {
    CHECK(cell(table, "itself", metric) == Approx(1));
    CHECK(cell(table, "itself", metric + "_hi") - cell(table, "itself", metric + "_lo") == Approx(0).margin(1e-9));
  }
  CHECK(cell(table, "itself", "mse") == 0);
}

TEST_CASE("rows are found by id, so their order does not matter", "[metrics][reconstruction]") {
  const Images shown = seen(), truth = decoded(shown);
  const at::Tensor order = Rng(13, "test", "order", 0, 0).permutation(truth.size());
  auto straight = scoring(shown, {"a"}, {truth}), mixed = scoring(shown, {"a"}, {truth.select(order)});
  const at::Tensor subject = at::arange(kSubjects, at::kLong).repeat_interleave(kImages).index_select(0, order);
  mixed.in("subjects", Tensor(subject));
  CHECK(cell(straight.run().out<Table>("table"), "a", "ssim_lo") == Approx(cell(mixed.run().out<Table>("table"), "a", "ssim_lo")));
}

TEST_CASE("every image and subject has a row of its own scores", "[metrics][reconstruction]") {
  const Images shown = seen();
  const Table each = scoring(shown, {"both"}, {decoded(shown)}).run().out<Table>("per_image");
  REQUIRE(each.rows.size() == kImages * kSubjects);
  CHECK(each.rows.back().name == "both, image 123, subject 1");
  double sum = 0;
  for (const auto& row : each.rows) sum += std::get<double>(row.cells.at("pixcorr"));
  CHECK(sum / double(each.rows.size()) ==
        Approx(cell(scoring(shown, {"both"}, {decoded(shown)}).run().out<Table>("table"), "both", "pixcorr")));
}

TEST_CASE("a judge that made the reconstructions is refused by its weights, unless the exception is named",
          "[metrics][judge]") {
  const Images shown = seen();
  Model renamed = network(1);
  renamed.notes["name"] = "another name";
  Model encoder = testing::recipe("features.convnet", {});
  encoder.parts["backbone"] = renamed;
  auto run = scoring(shown, {"a"}, {shown});
  run.in("judge", network(1)).in("networks", network(0)).in("networks", encoder);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("the judge 'net1' has the weights of"));
  run.set("allow_same_network", true).run();
  CHECK(run.out<Table>("table").protocol.at("same_network_allowed") == true);
}

TEST_CASE("networks trained on scored images are refused with their number", "[metrics][judge]") {
  const Images shown = seen();
  Model leaked = network(2);
  leaked.trained_on = at::tensor({5, 101, 102}, at::kLong);
  leaked.trained_space = "toy";
  auto run = scoring(shown, {"a"}, {shown});
  run.in("judge", network(1)).in("networks", leaked);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("'net2' was trained on 2 of the 24 images"));
}

TEST_CASE("wrong rows are named: unknown image, twice the same, another numbering", "[metrics][reconstruction]") {
  const Images shown = seen();
  Images stranger = shown.rows(0, 3);
  stranger.image_id = at::tensor({100, 7, 102}, at::kLong);
  CHECK_THROWS_WITH(scoring(shown, {"a"}, {stranger}).run(), ContainsSubstring("'a' has a row for image 7"));
  Images other = shown;
  other.id_space = "mnist";
  CHECK_THROWS_WITH(scoring(shown, {"a"}, {other}).run(), ContainsSubstring("'mnist'"));
  auto twice = scoring(shown, {"a"}, {decoded(shown)});
  twice.in("subjects", Tensor(at::zeros({kImages * kSubjects}, at::kLong)));
  CHECK_THROWS_WITH(twice.run(), ContainsSubstring("24 rows too many"));
  CHECK_THROWS_WITH(scoring(shown, {"a", "b"}, {shown}).run(), ContainsSubstring("2 names for 1 entries"));
  Images broken = decoded(shown);
  broken.pixels = broken.pixels.clone();
  broken.pixels[3][1][0][2] = std::nan("");
  CHECK_THROWS_WITH(scoring(shown, {"a"}, {broken}).run(), ContainsSubstring("1 of the 48 images of 'a' have pixels that are not finite"));
  auto tap = scoring(shown, {"a"}, {shown});
  CHECK_THROWS_WITH(tap.in("judge", network(0)).set("deep", "stage9").run(), ContainsSubstring("no tap 'stage9'"));
}

TEST_CASE("a contrast names the better method, and will not compare protocols", "[metrics][contrast]") {
  const Images shown = seen();
  const Images mean = controlled("analysis.mean_image", shown);
  auto run = scoring(shown, {"decoded", "mean"}, {decoded(shown), mean});
  const Table each = run.run().out<Table>("per_image");
  testing::NodeRun contrast("metrics.contrast");
  contrast.set("first", "decoded").set("second", "mean").set("metrics", {"two_way_pixels", "mse"});
  const Table found = contrast.in("first_scores", each).run().out<Table>("table");
  REQUIRE(found.rows.size() == 2);
  CHECK(std::get<std::string>(found.rows[0].cells.at("decision")) == "first is better");
  CHECK(cell(found, "two_way_pixels", "pairs") == kImages * kSubjects);
  Table other = each;
  other.protocol["judge"] = "someone else";
  contrast.in("second_scores", other);
  CHECK_THROWS_WITH(contrast.run(), ContainsSubstring("different protocols"));
  testing::NodeRun unknown("metrics.contrast");
  unknown.set("first", "decodet").set("second", "mean").in("first_scores", each);
  CHECK_THROWS_WITH(unknown.run(), ContainsSubstring("no method 'decodet'"));
}

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kImages = 24;

at::Tensor draw(at::IntArrayRef shape, int64_t index) { return Rng(31, "test", "retrieval", 0, index).normal(shape); }

Features tokens(const at::Tensor& values, const at::Tensor& ids) {
  return {.layers = {{"stage4", values, 0, 0}}, .image_id = ids, .id_space = "made", .split = "validation", .network = "net"};
}

Features truth() { return tokens(draw({kImages, 3, 5}, 0), at::arange(10, 10 + kImages, at::kLong)); }

Table scored(const Features& predicted, const Features& own) {
  testing::NodeRun run("metrics.retrieval");
  return run.set("candidates", 12).set("resamples", 200).in("predicted", predicted).in("truth", own).run().out<Table>("table");
}

double cell(const Table& table, const char* column) { return std::get<double>(table.rows.at(0).cells.at(column)); }

}  // namespace

TEST_CASE("true tokens retrieve themselves in both directions", "[metrics][retrieval]") {
  const Table table = scored(truth(), truth());
  for (const char* column : {"retrieval_image", "retrieval_brain", "retrieval_image_paper", "retrieval_brain_paper"}) CHECK(cell(table, column) == Approx(1));
  CHECK(cell(table, "n_test") == kImages);
  CHECK(table.protocol["candidates"] == 12);
}

TEST_CASE("retrieval is by cosine: scale does not matter, a common offset does", "[metrics][retrieval]") {
  const Features own = truth();
  Features scaled = own, shifted = own;
  const at::Tensor noisy = own.layers[0].tokens + 1.2 * draw({kImages, 3, 5}, 1);
  scaled.layers[0].tokens = 7 * noisy, shifted.layers[0].tokens = noisy + 5;
  Features plain = own;
  plain.layers[0].tokens = noisy;
  CHECK(cell(scored(scaled, own), "retrieval_image") == Approx(cell(scored(plain, own), "retrieval_image")).margin(1e-9));
  CHECK(cell(scored(shifted, own), "retrieval_brain") != Approx(cell(scored(plain, own), "retrieval_brain")).margin(1e-3));
}

TEST_CASE("draws of candidates scatter around the exact expectation", "[metrics][retrieval]") {
  Features noisy = truth();
  noisy.layers[0].tokens = noisy.layers[0].tokens + 1.5 * draw({kImages, 3, 5}, 2);
  const Table table = scored(noisy, truth());
  CHECK(cell(table, "retrieval_image") > 0.3);
  CHECK(cell(table, "retrieval_image") < 0.95);
  // 30 draws of 12 of 24 rows: a draw's mean has an sd below sqrt(.25 / 12) = .144, their mean .026.
  CHECK(cell(table, "retrieval_image_paper") == Approx(cell(table, "retrieval_image")).margin(4 * 0.0264));
  CHECK(cell(table, "retrieval_brain_paper") == Approx(cell(table, "retrieval_brain")).margin(4 * 0.0264));
}

TEST_CASE("subjects compete apart, and too few images are refused with the way out", "[metrics][retrieval]") {
  const Features own = truth();
  Features two = own;
  two.image_id = own.image_id.repeat({2});
  two.layers[0].tokens = own.layers[0].tokens.repeat({2, 1, 1});  // a second subject with the same tokens never beats the first
  const Table table = scored(two, own);
  CHECK(cell(table, "subjects") == 2);
  CHECK(cell(table, "retrieval_brain") == Approx(1));
  testing::NodeRun run("metrics.retrieval");
  CHECK_THROWS_WITH(run.in("predicted", own).in("truth", own).run(), ContainsSubstring("300 candidates need as many images, a subject has 24"));
}

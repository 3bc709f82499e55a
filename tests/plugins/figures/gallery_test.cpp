#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

Images images(const std::vector<int64_t>& ids, float value) {
  const auto count = static_cast<int64_t>(ids.size());
  return {at::full({count, 3, 4, 5}, value), at::tensor(ids, at::kLong), at::full({count}, -1, at::kLong), "toy", "validation"};
}

/// Two subjects, images 7, 8, 9: subject 1 is lighter.
Images decoded() {
  Images both = images({7, 8, 9, 7, 8, 9}, 0.2f);
  both.pixels.slice(0, 3).fill_(0.6f);
  return both;
}

Table scores() {
  Table table{.split = "validation"};
  table.column("method").column("image").column("category").column("subject").column("pixcorr", "", "higher");
  for (const double subject : {0., 1.})
    for (const double image : {7., 8., 9.}) {
      Row row{"both, image " + std::to_string(int(image)), {}};
      row.cells = {{"method", std::string("both")}, {"image", image}, {"category", -1.}, {"subject", subject}, {"pixcorr", image / 10 + subject}};
      table.rows.push_back(row);
    }
  table.rows[1].cells["pixcorr"] = std::nan("");
  return table;
}

testing::NodeRun gallery() {
  testing::NodeRun run("figures.gallery");
  run.set("names", {"control", "both"}).in("seen", images({7, 8, 9}, 0.9f)).in("images", images({9, 7}, 0.4f)).in("images", decoded());
  return run;
}

}  // namespace

TEST_CASE("rows follow the seen images, cells are matched by id, a missing picture is empty", "[figures][gallery]") {
  const Figure figure = gallery().run().out<Figure>("figure");
  CHECK(figure.columns == std::vector<std::string>{"seen", "control", "both"});
  REQUIRE(figure.gallery.size() == 3);
  CHECK(figure.gallery[2].name == "image 9");
  CHECK(figure.gallery[1].files[1].empty());  // the control has no image 8
  CHECK(figure.files.size() == 8);
  CHECK(figure.files.at(figure.gallery[0].files[0]) == png_of(at::full({3, 4, 5}, 0.9f), 2));
  CHECK(figure.files.at(figure.gallery[0].files[2]) == png_of(at::full({3, 4, 5}, 0.2f), 2));
  CHECK_FALSE(figure.alt.empty());
}

TEST_CASE("the chosen subject's pictures and scores are shown, a control stands for every subject", "[figures][gallery]") {
  const Figure figure = gallery().set("subject", 1).set("scale", 1).in("per_image", scores()).run().out<Figure>("figure");
  CHECK(figure.files.at(figure.gallery[0].files[2]) == png_of(at::full({3, 4, 5}, 0.6f), 1));
  CHECK(figure.files.at(figure.gallery[0].files[1]) == png_of(at::full({3, 4, 5}, 0.4f), 1));
  CHECK(figure.gallery[2].scores.at("pixcorr") == Approx(1.9));
  CHECK(figure.gallery[2].scores.size() == 1);  // labels are no scores
}

TEST_CASE("a score that is not available is left out, and rows are limited from the first", "[figures][gallery]") {
  const Figure figure = gallery().set("rows", 2).in("per_image", scores()).run().out<Figure>("figure");
  REQUIRE(figure.gallery.size() == 2);
  CHECK(figure.gallery[1].scores.empty());
  CHECK_THAT(figure.caption, ContainsSubstring("2 of 3 images"));
  CHECK_THAT(figure.caption, ContainsSubstring("Scores are those of 'both'"));
}

TEST_CASE("a method without scores and a wrong number of names are refused", "[figures][gallery]") {
  CHECK_THROWS_WITH(gallery().set("method", "boht").in("per_image", scores()).run(), ContainsSubstring("no scores of 'boht'"));
  CHECK_THROWS_WITH(gallery().set("names", {"one"}).run(), ContainsSubstring("1 names for 2 entries"));
}

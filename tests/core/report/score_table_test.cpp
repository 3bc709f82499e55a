#include "report_fixture.h"

#include <bgraph/core/report/line_plot.h>
#include <bgraph/core/report/markup.h>
#include <bgraph/core/report/score_table.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::report;
using Catch::Matchers::ContainsSubstring;

namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

}  // namespace

TEST_CASE("a mean, its interval and its chance band share one cell", "[core][report][score_table]") {
  const std::string html = table_html(scores_table(), "scores");
  CHECK_THAT(html, ContainsSubstring("0.731<small>0.711 – 0.751</small><small>chance 0.460 – 0.540</small>"));
  CHECK(count(html, "<th scope=\"col\"") == 5);  // pixcorr, two-way, distance, images, verdict
  CHECK(count(html, "<th scope=\"row\"") == 4);
}

TEST_CASE("the best of a column is marked by its direction, and columns without one have none", "[core][report][score_table]") {
  const std::string html = table_html(scores_table(), "scores");
  CHECK_THAT(html, ContainsSubstring("<b>0.412</b>"));  // highest correlation
  CHECK_THAT(html, ContainsSubstring("<b>0.917</b>"));  // highest identification
  CHECK_THAT(html, ContainsSubstring("<b>0.497</b>"));  // lowest distance
  CHECK(count(html, "class=\"best\"") == 3);
  CHECK_THAT(html, ContainsSubstring("lower is better"));
}

TEST_CASE("a missing value is an empty cell, notes and protocol follow", "[core][report][score_table]") {
  const std::string html = table_html(scores_table(), "scores");
  CHECK(count(html, "<td></td>") == 2);  // the mean image has no distance; the corner of the head
  CHECK(html.find("nan") == std::string::npos);
  CHECK_THAT(html, ContainsSubstring("<li>SSIM never decides alone: &lt;mean&gt; images win it.</li>"));
  CHECK_THAT(html, ContainsSubstring("<dt>judge</dt><dd>judge 3f9a</dd>"));
}

TEST_CASE("one row has no best", "[core][report][score_table]") {
  Json table = scores_table();
  table["rows"] = Json::array({table["rows"][0]});
  CHECK(count(table_html(table, "one"), "class=\"best\"") == 0);
}

TEST_CASE("numbers keep three places that count, whole ones none, NaN nothing", "[core][report][markup]") {
  CHECK(number_text(0.3214) == "0.321");
  CHECK(number_text(-0.5) == "−0.500");
  CHECK(number_text(64) == "64");
  CHECK(number_text(0) == "0");
  CHECK(number_text(-4.3e-19) == "0");
  CHECK(number_text(1.23e-5) == "1.23e-05");
  CHECK(number_text(312.449) == "312.4");
  CHECK(number_text(std::nan("")).empty());
}

TEST_CASE("bytes become base64 with its padding", "[core][report][markup]") {
  CHECK(data_uri("a.png", "Man") == "data:image/png;base64,TWFu");
  CHECK(data_uri("a.svg", "Ma") == "data:image/svg+xml;base64,TWE=");
  CHECK(data_uri("a.jpg", "M") == "data:image/jpeg;base64,TQ==");
  CHECK(data_uri("a.png", std::string("\xff\xfe\xfd", 3)) == "data:image/png;base64,//79");
}

TEST_CASE("different names have different anchors", "[core][report][markup]") {
  CHECK(anchor("scores.table") == "scores-2etable");
  CHECK(anchor("a b") != anchor("a.b"));
}

TEST_CASE("ticks are round and inside", "[core][report][line_plot]") {
  CHECK(round_ticks(0, 2000, 4) == std::vector<double>{0, 500, 1000, 1500, 2000});
  CHECK(round_ticks(-0.1, 0.1, 4).size() == 5);
  CHECK(round_ticks(3, 3, 4) == std::vector<double>{3});
}

TEST_CASE("a curve says what it shows, breaks where a value is missing, and a lone value is a dot", "[core][report][line_plot]") {
  const std::string plot = line_plot({"train_loss", {{0, 2.0}, {10, NAN}, {20, 1.5}, {30, 1.0}}});
  CHECK_THAT(plot, ContainsSubstring("aria-label=\"train loss from 2 to 1, lowest 1\""));
  const std::string path = plot.substr(plot.find("d=\"M"));
  CHECK(count(path, "M") == 2);
  CHECK(count(path, "L") == 1);
  CHECK_THAT(line_plot({"score", {{5, 0.5}}}), ContainsSubstring("<circle"));
  CHECK(line_plot({"nothing", {{0, NAN}}}).empty());
}

TEST_CASE("a curve over decades has a logarithmic axis with powers of ten", "[core][report][line_plot]") {
  const std::string plot = line_plot({"loss", {{0, 1000}, {1, 100}, {2, 10}, {3, 1}}});
  for (const char* tick : {">1<", ">10<", ">100<", ">1000<"}) CHECK_THAT(plot, ContainsSubstring(tick));
}

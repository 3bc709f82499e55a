#include "report_fixture.h"

#include <bgraph/core/report/report.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::report;
using Catch::Matchers::ContainsSubstring;

namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

std::string without(const std::string& page, const std::string& from, const std::string& to) {
  const size_t begin = page.rfind(from), end = page.find(to, begin);
  return page.substr(0, begin) + page.substr(end + to.size());
}

}  // namespace

TEST_CASE("no text of a run becomes markup", "[core][report]") {
  const ReportWorld world;
  const std::string page = without(page_html(world.record(3)), "<script>", "</script>");  // its own script apart
  CHECK(page.find("<script") == std::string::npos);  // a node has this name, and the command line holds it
  CHECK(page.find("<mean>") == std::string::npos);   // a footnote
  CHECK_THAT(page, ContainsSubstring("&lt;script&gt;"));
  CHECK_THAT(page, ContainsSubstring("2 &lt; 3 &amp; &quot;so on&quot;"));  // a warning
  CHECK_THAT(page, ContainsSubstring("title = &quot;a &lt; b&quot;"));      // the resolved graph
}

TEST_CASE("the page needs no other file and no network", "[core][report]") {
  const ReportWorld world;
  const std::string page = page_html(world.record(2));
  CHECK(count(page, "src=\"") == count(page, "src=\"data:image/"));
  CHECK(page.find("<link") == std::string::npos);
  CHECK(page.find("url(") == std::string::npos);
  CHECK(count(page, "href=\"") == count(page, "href=\"#"));
}

TEST_CASE("every picture of the gallery is embedded with a text alternative, a missing one is an empty cell", "[core][report]") {
  const ReportWorld world;
  const std::string page = page_html(world.record(4));
  CHECK(count(page, "<img ") == 4 * 6 - 1);
  CHECK(count(page, "alt=\"") == count(page, "<img "));
  CHECK_THAT(page, ContainsSubstring("alt=\"both, image 102\""));
  CHECK_THAT(page, ContainsSubstring("data-scores=\"{&quot;pixcorr&quot;:0.0,"));
}

TEST_CASE("what failed, what warned and what it cost is said", "[core][report]") {
  const ReportWorld world;
  const std::string page = page_html(world.record(2));
  CHECK_THAT(page, ContainsSubstring("condition has 16 tokens, the backend expects 24"));
  CHECK_THAT(page, ContainsSubstring("cluster 17 has 3 voxels"));
  CHECK_THAT(page, ContainsSubstring("6 ran, 1 cached, 1 failed"));
  CHECK_THAT(page, ContainsSubstring("2 × 1 thread"));
  CHECK_THAT(page, ContainsSubstring("6 min 42 s"));
  CHECK_THAT(page, ContainsSubstring("100 images, at most 8 minutes"));
  CHECK_THAT(page, ContainsSubstring("avx2"));
  CHECK_THAT(page, ContainsSubstring("k = 128"));
}

TEST_CASE("test scores are announced with the number of looks", "[core][report]") {
  const ReportWorld world;
  run::RunRecord record = world.record(1);
  CHECK(page_html(record).find("test scores</b> (--final)") == std::string::npos);
  record.final_scores = true;
  record.looks = 3;
  CHECK_THAT(page_html(record), ContainsSubstring("looked at 3 times"));
}

TEST_CASE("several graphs are chapters of one page, with ids of their own", "[core][report]") {
  const ReportWorld world;
  run::RunRecord record = world.record(2);
  record.cells.push_back(record.cells.front());
  record.cells[0].name = "full", record.cells[1].name = "low only";
  const std::string page = page_html(record);
  CHECK(count(page, "class=\"chapter\"") == 2);
  CHECK(count(page, "id=\"full-2fgallery\"") == 1);
  CHECK(count(page, "id=\"low-20only-2fgallery\"") == 1);
}

TEST_CASE("tables that graphs share stand side by side, and are ranked under one protocol only", "[core][report]") {
  const ReportWorld world;
  run::RunRecord record = world.record(1);
  record.nodes.push_back(record.nodes[5]);  // the scores of the second graph
  Json other = scores_table();
  other["rows"][2]["values"]["two_way_deep"] = 0.95;
  record.nodes.back().outputs["table"] = world.publish_table(other);
  record.cells.push_back(record.cells.front());
  record.cells[0].name = "full", record.cells[1].name = "low only";
  record.cells[1].nodes["scores"] = record.nodes.size() - 1;
  const auto together = [&] {
    const std::string page = page_html(record);
    const size_t begin = page.find("id=\"together\"");
    return page.substr(begin, page.find("</section>", begin) - begin);
  };
  CHECK_THAT(together(), ContainsSubstring("both · low only"));
  CHECK(count(together(), "<th scope=\"row\"") == 8);
  CHECK_THAT(together(), ContainsSubstring("<b>0.950</b>"));
  other["protocol"]["judge"] = "another";
  record.nodes.back().outputs["table"] = world.publish_table(other);
  CHECK(count(together(), "class=\"best\"") == 0);
  CHECK_THAT(together(), ContainsSubstring("judge: &quot;judge 3f9a&quot; / &quot;another&quot;"));
}

TEST_CASE("the report stands in the run's folder", "[core][report]") {
  const ReportWorld world;
  const run::RunRecord record = world.record(1);
  write_report(record);
  CHECK(store::read_text(record.folder / "report" / "index.html") == page_html(record));
}

// To look at it: core_report_test "[.preview]" writes report_preview.html into the working folder.
TEST_CASE("a page to look at", "[.preview]") {
  const ReportWorld world;
  store::write_whole(std::filesystem::absolute("report_preview.html"), page_html(world.record(64)));
}

#include <bgraph/core/cli/cards.h>
#include <bgraph/sdk/testing/catch.h>

#include <algorithm>

namespace bgraph::cli {

using Catch::Matchers::ContainsSubstring;

TEST_CASE("every card names licence, citation, terms, where to request it and a reader", "[core][cli][cards]") {
  CHECK(cards().size() >= 6);
  for (const auto& one : cards()) {
    INFO(one.name);
    CHECK_FALSE(one.licence.empty());
    CHECK(one.reader.substr(0, 3) == "io.");
    for (const auto& file : one.files) CHECK(file.path.find('{') == std::string::npos);
  }
}

TEST_CASE("NSD's card counts the sessions of every subject on both hemispheres", "[core][cli][cards]") {
  const auto& files = card("nsd").files;
  const auto sessions = std::count_if(files.begin(), files.end(), [](const CardFile& file) { return file.path.find("betas_session") != std::string::npos; });
  CHECK(sessions == 2 * (40 + 40 + 32 + 30 + 40 + 32 + 40 + 30));
  CHECK_THROWS_WITH(card("nsb"), ContainsSubstring("there is no data set 'nsb'"));
}

TEST_CASE("ranges keep their width, and a card without a licence is refused", "[core][cli][cards]") {
  const std::string head = "title = 't'\nterms = 't'\ncitation = 'c'\nrequest = 'r'\nreader = 'io.x'\nsize = 's'\nmarker = 'm'\n";
  const Card one = parse_card("x", head + "licence = 'l'\n[[files]]\npath = 'a{n}'\nshape = [3, 0]\neach = { n = '08..11' }\n");
  REQUIRE(one.files.size() == 4);
  CHECK(one.files[0].path == "a08");
  CHECK(one.files[3].path == "a11");
  CHECK(one.files[0].shape == std::vector<int64_t>{3, 0});
  CHECK_THROWS_WITH(parse_card("x", head), ContainsSubstring("card 'x' has no 'licence'"));
  CHECK_THROWS_WITH(parse_card("x", "title = \n"), ContainsSubstring("card 'x' is no TOML"));
}

}  // namespace bgraph::cli

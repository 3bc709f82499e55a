#include <bgraph/sdk/contract/protocol.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;

TEST_CASE("a protocol's digest follows its entries, not their order", "[contract][protocol]") {
  const Json one = Json::parse(R"({"size": 425, "list": "0c"})"), same = Json::parse(R"({"list": "0c", "size": 425})");
  CHECK(protocol_digest(one).size() == 12);
  CHECK(protocol_digest(one) == protocol_digest(same));
  CHECK(protocol_digest(one) != protocol_digest({{"size", 425}, {"list", "0d"}}));
  CHECK(protocol_digest(Json::object()).empty());
}

TEST_CASE("the difference of protocols names every entry that differs, by its path", "[contract][protocol]") {
  const Json one = {{"steps", {{"ssim", {{"size", 425}}}, {"eff", {{"size", 255}}}}}, {"images", 982}};
  Json two = one;
  CHECK(protocol_difference({one, two, one}).empty());
  CHECK(protocol_footnote({one, two}).empty());
  two["steps"]["ssim"]["size"] = 256;
  two["repeats"] = 3;
  CHECK(protocol_difference({one, two, one}) == "repeats: none / 3; steps ssim size: 425 / 256");
  CHECK(protocol_footnote({two, one}) ==
        "Scored under different protocols, so rows are not ranked. repeats: 3 / none; steps ssim size: 256 / 425.");
  CHECK(protocol_difference({Json::object(), Json::object()}).empty());  // no scores on either side
}

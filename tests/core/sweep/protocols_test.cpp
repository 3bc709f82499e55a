#include <bgraph/core/sweep/protocols.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;

TEST_CASE("rows of one protocol carry its digest and no footnote", "[sweep][protocols]") {
  const Json protocol = {{"size", 425}, {"list", "0c11d7"}};
  sweep::Protocols protocols;
  CHECK(protocols.add("scores", protocol) == protocol_digest(protocol));
  CHECK(protocols.add("scores", protocol) == protocol_digest(protocol));
  CHECK(protocols.add("curves", Json::object()).empty());
  CHECK(protocols.footnotes().empty());
  CHECK(protocols.definitions() == Json{{protocol_digest(protocol), protocol}});
}

TEST_CASE("rows of two protocols are told apart, and the table says in what they differ", "[sweep][protocols]") {
  sweep::Protocols protocols;
  const std::string first = protocols.add("scores", {{"size", 425}, {"list", "0c11d7"}});
  CHECK(first != protocols.add("scores", {{"size", 425}, {"list", "93ab00"}}));
  protocols.add("encoder", {{"size", 224}});
  CHECK(protocols.definitions().size() == 3);
  CHECK(protocols.footnotes() ==
        Json{{"scores", "Scored under different protocols, so rows are not ranked. list: \"0c11d7\" / \"93ab00\"."}});
}

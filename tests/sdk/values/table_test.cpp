#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/values/table.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

Table scored(const std::string& list) {
  Table table{.title = "scores", .split = "test", .protocol = {{"list", list}}, .inputs = {{"seen", "77aa"}}};
  table.column("pixcorr", "", "higher").row("ours").cells["pixcorr"] = 0.375;
  return table;
}

}  // namespace

TEST_CASE("a table comes back from its value with protocol and inputs", "[values][table]") {
  const Table back = Table::from_value(scored("0c").to_value());
  CHECK(back.protocol.at("list") == "0c");
  CHECK(back.inputs.at("seen") == "77aa");
  CHECK(std::get<double>(back.rows.at(0).cells.at("pixcorr")) == 0.375);
}

TEST_CASE("tables of different protocols never become one", "[values][table]") {
  CHECK(Table::concat({scored("0c"), scored("0c")}).rows.size() == 2);
  CHECK_THROWS_WITH(Table::concat({scored("0c"), scored("0d")}), ContainsSubstring("list: \"0c\" / \"0d\""));
}

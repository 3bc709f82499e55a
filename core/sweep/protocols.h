// Which protocol every row of a joint table was scored under, and the footnote where they differ.
//
// Rows of different protocols stand beside each other, each with its protocol's digest; a table that holds several has
// a footnote that names the difference. Only rows with the same digest may be ranked or subtracted.
#pragma once

#include <bgraph/sdk/contract/protocol.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph::sweep {

class Protocols {
 public:
  /// Notes that rows of `table` were scored under it; its digest, "" for an empty one.
  std::string add(const std::string& table, const Json& protocol);

  Json definitions() const;  // {digest: protocol}
  Json footnotes() const;    // {table: text}, for tables with rows of several protocols

 private:
  std::map<std::string, std::vector<Json>> of_table_;
};

}  // namespace bgraph::sweep

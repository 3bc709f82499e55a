#include <bgraph/core/sweep/protocols.h>

namespace bgraph::sweep {

std::string Protocols::add(const std::string& table, const Json& protocol) {
  of_table_[table].push_back(protocol);
  return protocol_digest(protocol);
}

Json Protocols::definitions() const {
  Json definitions = Json::object();
  for (const auto& [table, protocols] : of_table_)
    for (const auto& protocol : protocols)
      if (const std::string digest = protocol_digest(protocol); !digest.empty()) definitions[digest] = protocol;
  return definitions;
}

Json Protocols::footnotes() const {
  Json footnotes = Json::object();
  for (const auto& [table, protocols] : of_table_)
    if (const std::string footnote = protocol_footnote(protocols); !footnote.empty()) footnotes[table] = footnote;
  return footnotes;
}

}  // namespace bgraph::sweep

#include <bgraph/core/sweep/csv.h>

namespace bgraph::sweep {

std::string csv_cell(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string inside;
  for (const char letter : text) inside += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return "\"" + inside + "\"";
}

}  // namespace bgraph::sweep

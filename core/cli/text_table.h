// A Table as text for a terminal: rows and columns aligned, intervals behind their means, footnotes below.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <string>

namespace bgraph::cli {

/// `table` is table.json. Bounds (`x_lo`, `x_hi`) stand behind `x` as "[.37, .41]"; chance bands are left to the report.
std::string table_text(const Json& table);

}  // namespace bgraph::cli

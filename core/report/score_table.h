// A Table as HTML: units, which way is better, intervals beside their means, the best of each column.
//
// Columns that belong together share one cell: "x" with "x_lo", "x_hi" (interval) and "x_chance_lo",
// "x_chance_hi" (where chance would lie). The best value of a column is marked where the column says which way is
// better and there are two rows or more; all rows of one table share its protocol, so they may be ranked.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <string>

namespace bgraph::report {

/// True for a table of so many rows that it starts folded.
bool folds(const Json& table);

enum class Folding { long_ones, open };

/// `table` as in table.json (core/run/tables.h); `id` names it inside the page. Long tables are folded
/// unless they are to stand open.
std::string table_html(const Json& table, const std::string& id, Folding folding = Folding::long_ones);

}  // namespace bgraph::report

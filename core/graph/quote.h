// A line of a file with carets under a stretch of it:
//
//   12 | k = 0
//      |     ^
//
// Columns count characters; tabs stay tabs, so that the carets stand right in every terminal.
// Control bytes are shown as '?' (a file that is not TOML may hold any), long lines are cut around the carets.
#pragma once

#include <string>

namespace bgraph::graph {

/// Two lines, each led by a newline; "" for an empty line.
std::string quote(const std::string& line, int number, int column, int width);

}  // namespace bgraph::graph

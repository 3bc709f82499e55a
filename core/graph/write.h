// A resolved graph written out again: one file without extends, parts or profiles, that reads the same.
#pragma once

#include <bgraph/core/graph/check.h>

#include <string>

namespace bgraph::graph {

/// TOML with the origin of every value as a comment:
///   k = 64   # full.toml:12:3
/// Relative paths become absolute, so that the text means the same wherever it is kept; ${data} stays.
std::string write_resolved(const Checked& checked);

}  // namespace bgraph::graph

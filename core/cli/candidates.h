// What may come next on a command line: asked by the shell at every press of Tab, so nothing here may be slow.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bgraph::cli {

/// Ways to go on with the last of `words` (what was typed after "bgraph"; the last may be empty), each whole.
///   verbs and their options            from the declarations of the verbs
///   --set, --only, --profile           nodes, parameters and profiles of the graph on the line
///   node types, components             inspect, new
///   names of runs                      report, diff, export, ...
/// Empty where the shell's own file names are the answer. Never throws: a half-typed line is often wrong.
std::vector<std::string> candidates(CLI::App& app, std::vector<std::string> words);

}  // namespace bgraph::cli

// The part of `bgraph certify` that needs the plugin loaded: a node run again and again in one process, under questions
// a graph never asks. One JSON line per unit on stdout, so that a crash says which node it was.
#pragma once

#include <filesystem>

namespace bgraph::worker {

/// `units` is a JSON list of units whose inputs are in their store. Answers, per unit:
///   {"node", "seconds",
///    "pure": "" or what differs when it runs again after itself,
///    "inputs": "" or which input it changed,
///    "threads": "" or what differs when two of it run at once,
///    "cancel_s": seconds from the wish to stop to the end, null if it was over too soon,
///    "nan": "no numbers" | "refused: ..." | "passes" | "absorbed" | "absorbed with a warning",
///    "error": why it could not be run at all}
void certify(const std::filesystem::path& units);

}  // namespace bgraph::worker

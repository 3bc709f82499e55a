// One node on files, outside any graph and store: the worker's side of `bgraph exec`.
#pragma once

#include <filesystem>

namespace bgraph::worker {

/// Carries out a request, JSON {unit, in: [[port, file], ...], out: [[port, file], ...]}: reads the files as the types
/// of their ports, runs the node, writes the outputs asked for. stdout: a line per output; stderr: progress.
void exec(const std::filesystem::path& request);

}  // namespace bgraph::worker

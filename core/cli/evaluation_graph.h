// The graph that `bgraph evaluate` runs: written from what was asked, checked and run like any other.
#pragma once

#include <bgraph/core/registry/catalogue.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bgraph::cli {

/// Reconstructions of one method; several sources are its subjects, in order.
struct EvaluatedMethod {
  std::string name;
  std::vector<std::filesystem::path> sources;
};

struct Evaluation {
  std::vector<EvaluatedMethod> methods;
  std::filesystem::path seen;
  std::filesystem::path outside;                          // "" = none
  std::string protocol = "brainit";                       // a name, or a .json file
  std::map<std::string, std::filesystem::path> networks;  // "alexnet" -> model or weight file
  std::string published;                                  // table of published results, "" = none
  std::filesystem::path published_file;
  int64_t repeats = 0, sessions = 0;
};

/// "mine=s1.npy,s2.npy" or "recons/": a name and its sources. Error for one that does not exist.
EvaluatedMethod read_method(const std::string& text);

/// The graph as TOML. Errors: a network nobody knows, a source that is neither folder, .npy nor .safetensors, a folder
/// whose pictures are not those of the seen folder.
std::string evaluation_graph(const Evaluation& asked);

}  // namespace bgraph::cli

// The fields a key is hashed from. One JSON object: stored with the result, hashed into the key, compared
// to explain a miss.
//
//   type       node type                        plugin     build id of the plugin that offers it, or the
//                                                          semantic version its author promises
//   numerics   kNumericsVersion                 params     canonical, semantic ones only; files by content
//   inputs     port -> content digests, in order
//   seed, stream   only if the node draws random numbers
//   device     device class, "cpu" or "cuda"    precision  "float32"
//   chunk      [begin, end) for a chunk of a map node
//
// Never in it: paths, times, host, node names, operational parameters, the order of anything in the graph.
#pragma once

#include <bgraph/core/store/file_memo.h>
#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/contract/unit.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bgraph::plan {

/// `params` (canonical, complete) as they enter the key: without operational ones, a file or folder as
/// {"content": digest} and an empty path as "". Error, naming the parameter, if a file cannot be read or a
/// number is not finite.
Json key_params(const std::vector<ParamSpec>& specs, const Json& params, const store::FileMemo& files);

/// The preimage without inputs and chunk: what is known before anything has run.
struct Recipe {
  std::string type;
  std::string build_id;
  Json params;  // from key_params
  bool draws = false;
  int64_t seed = 0;
  std::string stream;
  std::string device = "cpu";
  std::string precision = "float32";
};

using Inputs = std::map<std::string, std::vector<Digest>>;

/// A recipe as its key hashes it, but for the inputs: made once, used for the key and to tell equal work. Every field in the
/// order of names, framed with tag, type and length (field_bytes.h).
struct FramedRecipe {
  std::string before, after;  // the fields whose names come before "inputs", and those after it
  bool operator==(const FramedRecipe&) const = default;
};

FramedRecipe framed(const Recipe& recipe);

/// The record of a key: what is stored and compared.
Json preimage(const Recipe& recipe, const Inputs& inputs, const std::optional<Chunk>& chunk = std::nullopt);

/// The key, hex: the digest of all fields of the preimage, framed. The preimage itself is not made: of a cached node nobody
/// asks for it.
std::string key_of(const FramedRecipe& recipe, const Inputs& inputs, const std::optional<Chunk>& chunk = std::nullopt);
std::string key_of(const Recipe& recipe, const Inputs& inputs, const std::optional<Chunk>& chunk = std::nullopt);

}  // namespace bgraph::plan

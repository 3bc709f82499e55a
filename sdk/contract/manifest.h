// What a plugin offers, as data: read by control without loading the plugin, written by the SDK from the
// one declaration in the node's source. Checking, defaults, help, schema and completion come from here.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bgraph {

using Json = nlohmann::json;  // objects sort their keys, so dump() is canonical

enum class ParamKind { integer, number, boolean, text, integers, numbers, texts, file, folder, table };

/// One parameter of a node or component.
struct ParamSpec {
  std::string name;
  ParamKind kind = ParamKind::number;
  Json fallback;                     // the default; null = must be given
  Json minimum, maximum;             // null = unbounded; apply to each element of a list
  bool above_minimum = false;        // the minimum itself is not allowed
  std::vector<std::string> choices;  // for texts; empty = any
  bool operational = false;          // changes no result, so it is not in the key
  std::vector<std::string> files;    // of a folder: which of its files are read; empty = all (see folder_files.h)
  std::string doc;                   // meaning and unit
};

/// One input or output.
struct PortSpec {
  std::string name;
  std::string type;               // "Tensor", "Images", ...
  std::vector<std::string> dims;  // letters unified over the graph, or numbers; empty = not stated
  std::string dtype;              // "float32", ...; "" = any
  std::string doc;
  bool list = false;          // inputs: takes an ordered list of values
  bool optional = false;      // inputs: may be left out
  bool fits = false;          // inputs: something is fitted to it, so test and truth data are refused
  bool transductive = false;  // inputs: fits, but is allowed to see test data; labels the result
  bool each = false;          // inputs: its rows are independent items (map node); cut into chunks
  std::string split;          // outputs: "train", "test", "truth", ..., or "=input": that input's label; what is held out
                              // among other inputs goes before it
};

struct NodeSpec {
  std::string type;     // "voxels.noise_ceiling"
  std::string summary;  // first sentence of the source's opening comment
  std::string doc;      // the whole opening comment
  std::string source;   // path inside the source tree
  std::vector<PortSpec> inputs, outputs;
  std::vector<ParamSpec> params;
  bool draws = false;     // draws random numbers: seed and stream enter the key
  int64_t map_chunk = 0;  // rows of the `each` inputs per chunk (a key each); 0 = not a map node
  std::string memory;     // MiB it needs at most, as an expression (core/plan/needs.h); "" = not declared
  bool declares_ports = false;  // the graph declares its ports (declared_ports.h)

  const PortSpec* input(const std::string& name) const;
  const PortSpec* output(const std::string& name) const;
  /// The first `each` input, whose rows are counted; null for a node that is no map node.
  const PortSpec* map_input() const;
};

/// Something used inside nodes: a tokenizer, a backbone, a diffusion backend.
struct ComponentSpec {
  std::string type;       // "decoding.bit"
  std::string interface;  // "Predictor"
  std::string summary;    // first sentence of the source's opening comment
  std::string doc;        // the whole opening comment
  std::string source;     // path inside the source tree
  std::vector<ParamSpec> params;
};

struct Manifest {
  std::string plugin;
  std::string version;
  std::vector<NodeSpec> nodes;
  std::vector<ComponentSpec> components;
  std::string semantic_version;  // the author's promise that builds of this version agree; "" = none
};

/// What the results of a plugin are known by in keys and recipes: its build, or the promise that builds agree.
std::string identity_of(const std::string& plugin, const std::string& semantic_version, const std::string& build_id);

std::string to_text(ParamKind kind);  // "integer", "number", ...

Json to_json(const Manifest& manifest);
Manifest manifest_from_json(const Json& json);  // Error when a field is missing or of a wrong type
Json to_json(const NodeSpec& node);

/// What is wrong with a value for this parameter ("expected at least 1, found 0"), or "".
std::string param_problem(const ParamSpec& spec, const Json& value);

/// The value in the form that enters keys: integers for numbers become floating, ...
/// Only for values without a problem.
Json canonical_value(const ParamSpec& spec, const Json& value);

/// All parameters with defaults filled in, canonical. Error for an unknown key, a missing or a wrong value.
Json canonical_params(const std::vector<ParamSpec>& specs, const Json& given,
                      const std::string& owner);

std::vector<std::string> names_of(const std::vector<ParamSpec>& specs);
std::vector<std::string> names_of(const std::vector<PortSpec>& ports);

}  // namespace bgraph

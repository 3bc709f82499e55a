// What is remembered of a finished unit: which outputs a key led to, from what, by whom, how long.
//
//   store/keys/<2>/<key>.json
//
// The preimage (the fields the key was hashed from) is provenance record and explanation at once: `plan`
// compares two preimages to say why a node runs again.
#pragma once

#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/contract/manifest.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph::store {

/// Payload of a unit's inputs in MiB; negative if nobody measured it.
struct InputSize {
  double mib = -1;
  double unit_mib = -1;  // what one unit sees of them: its chunk of the map input, and all of the others
  bool known() const { return mib >= 0 && unit_mib >= 0; }
};

struct KeyRecord {
  std::string key;       // hex
  std::string type;      // node type
  std::string node;      // its name in the graph that ran it, for people
  Json preimage = Json::object();
  std::map<std::string, Digest> outputs;  // per port
  std::string build_id;  // of the plugin that made it; the preimage may hold a promised version instead
  std::string made_by;   // host and bgraph version
  std::string made_at;   // ISO 8601, UTC
  double seconds = 0;    // wall time of the unit
  double peak_mib = 0;   // peak resident memory of its worker
  InputSize input_size = {};  // what time and memory went by
  std::vector<std::string> warnings;
  Json profile = Json::object();  // numeric profile of the worker: threads, kernels, libraries
};

Json to_json(const KeyRecord& record);
KeyRecord key_record_from_json(const Json& json);  // Error when malformed

}  // namespace bgraph::store

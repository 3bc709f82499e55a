// What a run did: everything manifest.json, the tables and the report page are written from.
#pragma once

#include <bgraph/core/graph/graph.h>
#include <bgraph/core/store/store.h>
#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/contract/manifest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bgraph::run {

enum class Outcome {
  hit,        // outputs were in the store before the run, or became so by other work of the same key
  ran,        // computed by this run
  failed,     // `error` says why
  blocked,    // something it needs failed
  cancelled,  // the run was interrupted first; a checkpoint may be in the store
};

struct NodeRecord {
  std::string name;     // step of the plan: node name, or "cell/name" where cells differ
  std::string node;     // node name in its graph
  std::string type;     // node type
  std::string summary;  // first sentence of the node's manual
  std::string plugin, build_id;
  Json params = Json::object();                                   // canonical, complete
  std::map<std::string, std::vector<std::string>> inputs;  // port -> "node.port" it reads, in order
  std::string key;  // hex; "" if it never became known
  std::string why;  // why it ran, or "cached"
  Outcome outcome = Outcome::blocked;
  std::map<std::string, Digest> outputs;  // per port; of a node that reported metrics also `curves`, a Table
  std::map<std::string, std::string> output_types;  // per port: "Table", "Images", ...
  double start_s = 0;    // since the start of the run; 0 for hits
  double seconds = 0;    // of the computation, by whichever run did it
  double peak_mib = 0;   // peak resident memory of the worker, likewise
  int lane = -1;         // worker that ran it, -1 for hits and several
  int chunks = 0;        // of a map node, 0 = not split
  std::vector<std::string> warnings;
  std::string error;     // message, context, fix; "" unless failed
  Json profile = Json::object();  // numeric profile the outputs were made under
};

/// One graph of the run. A plain run has one, with an empty name.
struct CellRecord {
  std::string name;
  graph::Graph graph;
  std::map<std::string, size_t> nodes;  // node name -> index into RunRecord::nodes
};

struct RunRecord {
  std::string name;
  std::filesystem::path folder;  // runs/<name>, or where it is being written
  std::filesystem::path store;   // root of the store
  std::vector<std::string> command_line;
  std::string started_at, ended_at;  // ISO 8601, UTC
  double seconds = 0;                // wall time
  int workers = 0;                   // processes that were started; 0 = everything was cached
  int64_t threads = 1;               // per worker
  bool final_scores = false;         // --final
  int looks = 0;                     // at final targets of these graphs so far; counted with --final alone
  bool interrupted = false;          // stopped before it was through
  bool requeue = false;              // by a batch system's signal
  std::vector<CellRecord> cells;
  std::vector<NodeRecord> nodes;  // in the order of the plan
  Json versions = Json::object();

  size_t count(Outcome outcome) const;
  /// 0 = all there, 1 = something failed, 75 = stopped by a batch system, run again to go on, 130 = by Ctrl-C.
  int exit_code() const;
};

std::string to_text(Outcome outcome);  // "hit", "ran", ...

/// manifest.json. Holds no graph (graph.toml stands beside it).
Json to_json(const RunRecord& record);

}  // namespace bgraph::run

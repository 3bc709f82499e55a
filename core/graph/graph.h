// A checked graph: what `check` hands to `plan`. Every value remembers where it was written.
#pragma once

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/manifest.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph::graph {

/// One end of an edge: "data.train"; of a node with a single output written "clusters", the port is filled in.
struct Ref {
  std::string node;
  std::string port;
  Place place;
};

struct Param {
  Json value;          // as written; paths are absolute, ${data} is filled in
  Place place;
  std::string origin;  // "full.toml:12:3", "--set clusters.k=64", "profile paper in full.toml:80:1"
};

struct Node {
  std::string name;
  std::string type;
  Place place;
  std::map<std::string, Param> params;                // those written; defaults are filled by the plan
  std::map<std::string, std::vector<Ref>> inputs;     // per port, in order
  std::string stream;     // key `stream`; "" = node type
  std::string device;     // key `device`; "" = the run's
  std::string precision;  // key `precision`; "" = the run's
  int64_t timeout_s = 0;   // key `timeout_s`; 0 = none
  int64_t memory_mib = 0;  // key `memory_mib`; 0 = the graph's
  int64_t ranks = 1;       // key `ranks`: processes that train it together
};

/// The `[graph]` table.
struct Settings {
  std::string title;
  std::string description;
  int64_t seed = 0;
  int64_t threads = 1;  // per worker: part of the numeric profile, so the graph states it
  int64_t memory_mib = 0;  // most a worker may hold resident while it runs a node; 0 = no limit
  std::string budget;   // what the graph promises: images, minutes per stage (shown before a run)
  std::vector<std::string> targets;  // nodes to run; empty = all
  std::vector<std::string> final_targets;  // nodes that look at test data: run only with --final
};

/// One `[sweep]` axis: cells of (node.param -> value); zipped names share an axis. Of the name "graphs" the values
/// are paths of graph files, of the name "seeds" they are seeds.
struct Axis {
  std::vector<std::string> names;
  std::vector<std::vector<Json>> cells;  // one value per name; null = left as the graph has it
  Place place;
  std::vector<std::string> labels;       // names of the cells; empty = made from the values
};

inline constexpr char kGraphsAxis[] = "graphs";
inline constexpr char kSeedsAxis[] = "seeds";

struct Graph {
  std::string file;
  Settings settings;
  std::vector<Node> nodes;  // in the order of the file; `order` gives the order of execution
  std::vector<Axis> sweep;
  std::string baseline;    // [sweep] baseline: what the other settings are compared with; "" = the first
  std::string setting;     // of a cell of a sweep: its name without the seed; cells of one setting are repeats
  bool is_baseline = false;

  const Node* find(const std::string& name) const;
};

}  // namespace bgraph::graph

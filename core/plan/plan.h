// A checked graph, or several, as one list of steps: what is cached, what runs, why, in which order.
//
// Keys hold the content of inputs, so the key of a node is known once everything upstream is: while
// planning for what is cached, during the run for the rest. `settle` is the one place where a step gets its
// key and is looked up; an upstream change that leads to the same bytes therefore stops there.
//
// Nodes of several graphs that are the same work (equal type, build, parameters, seed and sources) are one
// step. Graphs of a sweep are such graphs: their cells share what they have in common.
#pragma once

#include <bgraph/core/graph/graph.h>
#include <bgraph/core/plan/demand.h>
#include <bgraph/core/plan/explain.h>
#include <bgraph/core/plan/preimage.h>
#include <bgraph/core/registry/catalogue.h>
#include <bgraph/core/store/store.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bgraph::plan {

enum class State {
  hit,    // outputs are in the store
  run,    // key known, not in the store
  after,  // key not known before something upstream has run
};

/// Where one input value comes from.
struct Source {
  size_t step = 0;
  std::string port;
  bool operator==(const Source&) const = default;
};

struct Step {
  std::string name;  // the node's name; "cell/name" where another cell gives the name to other work
  std::string node;  // the node's name alone
  std::shared_ptr<const registry::NodeOffer> offer;  // that of its type; with ports of its own if the graph declares them
  Json params;       // canonical, complete, paths as written: what the worker gets
  Recipe recipe;     // what enters the key, but for the inputs
  FramedRecipe framed;  // the same, ready to be hashed
  std::map<std::string, std::vector<Source>> sources;  // per input port, in order
  std::string device;
  int64_t timeout_s = 0;   // 0 = none
  int64_t memory_mib = 0;  // 0 = no limit
  int64_t ranks = 1;       // processes that run it together
  int64_t threads = 1;     // of each

  State state = State::after;
  std::string why;       // "cached", "parameter k: 64 -> 128", "after clusters"
  std::vector<Change> changes;  // of a step to run: from its nearest earlier run, field by field
  std::string key;       // hex, once known
  Json preimage;         // of a step to run, once known
  std::map<std::string, Digest> outputs;  // once cached or run
  store::InputSize input_size;  // of a step to run, once known
  bool foretold = false;  // cost and memory come from earlier runs of the type
  std::string foretold_by;  // "a line through 3 runs ..."; "" = they are those of one run as it was
  double cost_s = 1;      // what it takes; 1 if there was no run
  double peak_mib = 0;    // what it needs: declared, else by earlier runs; 0 = unknown
  double path_s = 0;     // cost of the longest chain of work from here to an end: large goes first
  size_t cell = 0;       // the first cell that needs it: what early cells need goes before that

  /// True if this step goes first where both could run.
  bool before(const Step& other) const;
};

/// One graph of the plan.
struct Cell {
  std::string name;  // "" if there is only one
  graph::Graph graph;
  std::map<std::string, size_t> steps;  // node name -> step
};

struct Plan {
  std::vector<Step> steps;  // every step after those it needs, then as Step::before says
  std::vector<Cell> cells;

  size_t count(State state) const;
  std::vector<size_t> needs(size_t step) const;  // steps it reads from, each once
};

struct NamedGraph {
  std::string cell;
  graph::Graph graph;
};

struct Options {
  Demand demand;
  std::string device = "cpu";
  std::string precision = "float32";
};

/// Plans checked graphs. Error, with its place, for a file parameter that cannot be read.
Plan make(std::vector<NamedGraph> graphs, const registry::Catalogue& catalogue, const store::Store& store,
          const Options& options);

/// Looks a step up once all it needs have outputs: sets key, preimage, state, why and, if cached, outputs.
/// Before that it only says what it waits for.
void settle(Plan& plan, size_t step, const store::Store& store, const registry::Catalogue& catalogue);

/// Makes a step whose key is known a hit if its result is in the store. False otherwise; `why` then says so if
/// a component inside the result was rebuilt.
bool take_cached(Step& step, const store::Store& store, const registry::Catalogue& catalogue);

/// Content digests of a step's inputs. All sources must have outputs.
Inputs input_digests(const Plan& plan, const Step& step);

std::string to_text(State state);  // "hit", "run", "blocked"

}  // namespace bgraph::plan

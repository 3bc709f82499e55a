// A step while it runs: its tasks (one, or one per chunk and a last one that gathers) and what they gave.
#pragma once

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/run/record.h>
#include <bgraph/sdk/contract/unit.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bgraph::run {

/// One unit handed to a worker.
struct Task {
  enum class State { todo, running, done };
  State state = State::todo;
  std::optional<Chunk> chunk;
  bool gather = false;
  std::string key;
  Json preimage;
  std::map<std::string, Digest> outputs;
  double started_s = 0;           // since the start of the run
  double fraction = 0;            // of its work, as far as it said
};

struct StepRun {
  enum class Phase {
    waiting,    // something it needs is not there yet
    queued,     // its key is known; no task was handed out
    elsewhere,  // another process computes its key
    running,
    over,
  };
  Phase phase = Phase::waiting;
  bool waited = false;  // for another process, and it was told
  bool told_blocked = false;
  NodeRecord record;
  std::vector<Task> tasks;
  std::optional<store::FileLock> lock;

  bool has(Task::State state) const;
  Task* next();  // the next task to hand out, nullptr if there is none
};

/// The tasks of a step whose key is known: a map node with more items than its chunk is split, with a key
/// per chunk; chunks that are in the store already come back done.
std::vector<Task> tasks_of(const plan::Plan& plan, const plan::Step& step, const store::Store& store,
                           NodeRecord& record);

/// The task that joins the outputs of the chunks, in order.
Task gather_task(const plan::Step& step);

/// What the worker is told.
Unit unit_of(const plan::Plan& plan, const plan::Step& step, const StepRun& run, const Task& task,
             std::shared_ptr<const ComponentFiles> components, const store::Store& store);

/// Adds to the record what a finished task took and said.
void add_cost(NodeRecord& record, const store::KeyRecord& task);

}  // namespace bgraph::run

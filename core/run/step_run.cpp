#include <bgraph/core/run/step_run.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <utility>

namespace bgraph::run {

namespace {

/// Items of the map input, from its header; 0 if the node is no map or the value has no count.
int64_t items_of(const plan::Plan& plan, const plan::Step& step, const store::Store& store) {
  const PortSpec* port = step.offer->spec.map_input();
  if (!port || step.sources.count(port->name) == 0) return 0;
  const Digest digest = plan::input_digests(plan, step).at(port->name).front();
  return store.open(digest).meta.value("items", int64_t{0});
}

}  // namespace

bool StepRun::has(Task::State state) const {
  return std::any_of(tasks.begin(), tasks.end(), [&](const Task& task) { return task.state == state; });
}

Task* StepRun::next() {
  for (auto& task : tasks)
    if (task.state == Task::State::todo) return &task;
  return nullptr;
}

std::vector<Task> tasks_of(const plan::Plan& plan, const plan::Step& step, const store::Store& store,
                           NodeRecord& record) {
  const int64_t items = items_of(plan, step, store);
  const int64_t size = step.offer->spec.map_chunk;
  if (size <= 0 || items <= size) return {Task{.key = step.key, .preimage = step.preimage}};

  const auto inputs = plan::input_digests(plan, step);
  std::vector<Task> tasks;
  for (int64_t begin = 0; begin < items; begin += size) {
    Task task{.chunk = Chunk{begin, std::min(begin + size, items)}};
    task.preimage = plan::preimage(step.recipe, inputs, task.chunk);
    task.key = plan::key_of(step.framed, inputs, task.chunk);
    if (const auto done = store.find(task.key)) {
      task.state = Task::State::done;
      task.outputs = done->outputs;
      task.fraction = 1;
      add_cost(record, *done);
    }
    tasks.push_back(std::move(task));
  }
  record.chunks = static_cast<int>(tasks.size());
  return tasks;
}

Task gather_task(const plan::Step& step) {
  return {.gather = true, .key = step.key, .preimage = step.preimage};
}

Unit unit_of(const plan::Plan& plan, const plan::Step& step, const StepRun& run, const Task& task,
             std::shared_ptr<const ComponentFiles> components, const store::Store& store) {
  Unit unit{.node = step.name,
            .type = step.offer->spec.type,
            .plugin = step.offer->file.string(),
            .key = task.key,
            .params = step.params,
            .inputs = plan::input_digests(plan, step),
            .seed = step.recipe.seed,
            .stream = step.recipe.stream,
            .device = step.device,
            .precision = step.recipe.precision,
            .chunk = task.chunk,
            .store = store.root().string(),
            .checkpoints = store.unfinished_folder(task.key).string(),
            .components = std::move(components)};
  if (task.gather)
    for (const auto& part : run.tasks)
      if (part.chunk) unit.gather.push_back(part.outputs);
  return unit;
}

void add_cost(NodeRecord& record, const store::KeyRecord& task) {
  record.seconds += task.seconds;
  record.peak_mib = std::max(record.peak_mib, task.peak_mib);
  record.profile = task.profile;
  for (const auto& warning : task.warnings)
    if (std::find(record.warnings.begin(), record.warnings.end(), warning) == record.warnings.end())
      record.warnings.push_back(warning);
}

}  // namespace bgraph::run

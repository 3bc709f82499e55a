// What a scheduler tells those who watch the run.
#include <bgraph/core/run/scheduler.h>

namespace bgraph::run {

void Scheduler::tell(Happening::What what, size_t step, Json detail, int lane) const {
  Happening happening{.what = what, .at_s = now(), .step = step, .lane = lane, .detail = std::move(detail)};
  if (lane >= 0 && static_cast<size_t>(lane) < lanes_.size() && lanes_[static_cast<size_t>(lane)].active)
    happening.chunk = runs_[step].tasks[lanes_[static_cast<size_t>(lane)].task].chunk;
  watcher_(happening);
}

/// A chunked node's progress is that of all its chunks, in items; another's is what it says itself.
void Scheduler::tell_progress(size_t index, const Json& frame, int lane) const {
  const StepRun& run = runs_[index];
  Json detail = {{"done", frame.value("done", 0.0)},
                 {"total", frame.value("total", 0.0)},
                 {"note", frame.value("note", std::string())}};
  if (run.record.chunks > 0) {
    double done = 0, total = 0;
    for (const auto& task : run.tasks) {
      if (!task.chunk) continue;
      const auto items = static_cast<double>(task.chunk->end - task.chunk->begin);
      done += items * task.fraction;
      total += items;
    }
    detail["done"] = done;
    detail["total"] = total;
  }
  tell(Happening::What::progress, index, std::move(detail), lane);
}

}  // namespace bgraph::run

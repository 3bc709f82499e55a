// What becomes of units: answers, deaths, published records, and all that needs a step that failed.
#include <bgraph/core/run/scheduler.h>

#include <bgraph/core/run/stamp.h>
#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <utility>

namespace bgraph::run {

namespace {

std::string failure_text(const Json& frame) {
  std::string text = frame.value("message", std::string("the worker gave no reason"));
  for (const auto& step : frame.value("context", Json::array()))
    if (step.is_string()) text += "\n  while " + step.get<std::string>();
  const std::string fix = frame.value("fix", std::string());
  return fix.empty() ? text : text + "\n  fix: " + fix;
}

std::string death_text(const Event& event) {
  std::string text = "its worker died: " + event.reason;
  if (!event.was_ready) text = "the worker could not start: " + event.reason;
  if (!event.tail.empty()) text += "\n  last lines of its log:";
  for (const auto& line : event.tail) text += "\n    " + line;
  return text;
}

}  // namespace

void Scheduler::handle(const Event& event) {
  if (event.what == Event::What::ready) {
    profile_ = event.frame.value("profile", Json::object());
    failed_starts_ = 0;
    return;
  }
  if (static_cast<size_t>(event.lane) >= lanes_.size()) return;
  Assignment& lane = lanes_[static_cast<size_t>(event.lane)];
  if (!lane.active) return;  // last words of a worker whose unit is over
  StepRun& run = runs_[lane.step];
  Task& task = run.tasks[lane.task];
  switch (event.what) {
    case Event::What::progress: {
      const double total = event.frame.value("total", 0.0);
      if (total > 0) task.fraction = std::clamp(event.frame.value("done", 0.0) / total, 0.0, 1.0);
      return tell_progress(lane.step, event.frame, event.lane);
    }
    case Event::What::metric:
      return tell(Happening::What::metric, lane.step, event.frame, event.lane);
    case Event::What::log:
      return tell(Happening::What::log, lane.step, event.frame, event.lane);
    default: break;
  }
  tell(Happening::What::unit_done, lane.step,
       {{"key", task.key},
        {"seconds", now() - task.started_s},
        {"opened_s", event.frame.value("opened_s", 0.0)},
        {"published_s", event.frame.value("published_s", 0.0)}},
       event.lane);
  lane.active = false;
  if (event.what == Event::What::done) return task_done(lane.step, lane.task, event.lane, event.frame);

  const bool stopped = event.frame.value("cancelled", false) || stops_seen_ > 0;
  task.state = Task::State::done;
  if (stopped) return close(lane.step, Outcome::cancelled);
  const Json unit = to_json(unit_of(plan_, plan_.steps[lane.step], run, task, components_, store_));
  if (event.what == Event::What::failed) return fail(lane.step, failure_text(event.frame), {{"unit", unit}});
  if (!event.was_ready && ++failed_starts_ >= 2) give_up(death_text(event));
  fail(lane.step, death_text(event), {{"unit", unit}, {"tail", event.tail}, {"reason", event.reason}});
}

void Scheduler::task_done(size_t index, size_t task_index, int lane, const Json& frame) {
  StepRun& run = runs_[index];
  Task& task = run.tasks[task_index];
  task.state = Task::State::done;
  task.fraction = 1;
  try {
    for (const auto& [port, digest] : frame.at("outputs").items())
      task.outputs[port] = Digest::from_hex(digest.get<std::string>());
    publish(index, task, frame);
  } catch (const Error& error) {
    return fail(index, error.full());
  } catch (const Json::exception& error) {
    return fail(index, std::string("its worker sent a malformed answer: ") + error.what());
  }
  if (run.phase != StepRun::Phase::running) return;  // another chunk has failed; this one is kept
  if (!task.chunk) {
    plan_.steps[index].outputs = task.outputs;
    return complete(index, Outcome::ran);
  }
  tell_progress(index, Json::object(), lane);
  if (run.has(Task::State::todo) || run.has(Task::State::running)) return;
  run.tasks.push_back(gather_task(plan_.steps[index]));
  agenda_.add(index);
}

void Scheduler::publish(size_t index, const Task& task, const Json& frame) {
  const plan::Step& step = plan_.steps[index];
  // A file that changed under the node's eyes gives outputs that belong to no key.
  if (plan::key_params(step.offer->spec.params, step.params, store_.files()) != step.recipe.params)
    throw Error("a file it reads changed while it ran; its outputs are not kept", "run again");
  NodeRecord& node = runs_[index].record;
  for (const auto& port : step.offer->spec.outputs)
    if (task.outputs.count(port.name) == 0)
      throw Error("it finished without its output '" + port.name + "'");
  store::KeyRecord record{.key = task.key,
                          .type = step.offer->spec.type,
                          .node = step.node,
                          .preimage = task.preimage,
                          .outputs = task.outputs,
                          .build_id = step.offer->build_id,
                          .made_by = host_and_version(),
                          .made_at = utc_now(),
                          .seconds = frame.value("seconds", now() - task.started_s),
                          .peak_mib = frame.value("peak_mib", 0.0),
                          .input_size = step.input_size,
                          .warnings = frame.value("warnings", std::vector<std::string>()),
                          .profile = frame.value("profile", profile_)};
  add_cost(node, record);
  if (task.gather) {  // the node's own record stands for all of its chunks
    record.seconds = node.seconds;
    record.peak_mib = node.peak_mib;
    record.warnings = node.warnings;
  }
  store_.publish(record, !task.chunk);
}

void Scheduler::complete(size_t index, Outcome outcome) {
  plan::Step& step = plan_.steps[index];
  StepRun& run = runs_[index];
  end(index, outcome);
  if (outcome == Outcome::hit) {
    run.record.chunks = 0;
    if (const auto record = store_.record(step.key)) add_cost(run.record, *record);
  }
  if (outcome == Outcome::ran) {
    Json outputs = Json::object();
    for (const auto& [port, digest] : step.outputs) outputs[port] = digest.hex();
    tell(Happening::What::node_done, index, {{"seconds", run.record.seconds}, {"outputs", outputs}});
  }
  const auto freed = agenda_.complete(index);
  to_open_.insert(to_open_.end(), freed.rbegin(), freed.rend());
}

void Scheduler::end(size_t index, Outcome outcome) {
  StepRun& run = runs_[index];
  run.phase = StepRun::Phase::over;
  run.record.outcome = outcome;
  ++over_;
  agenda_.remove(index);
  // Chunks of it that still run hold no lock: should another process start them too, both publish the same.
  if (run.lock) run.lock->remove_and_release();
  run.lock.reset();
}

void Scheduler::fail(size_t index, std::string error, Json detail) {
  if (runs_[index].phase == StepRun::Phase::over) return;  // another chunk has said it
  detail["error"] = error;
  runs_[index].record.error = std::move(error);
  tell(Happening::What::node_failed, index, std::move(detail));
  close(index, Outcome::failed);
  if ((fail_fast_ || launcher_.lost_ranks()) && !std::exchange(stopping_, true)) launcher_.ask_to_stop();
}

void Scheduler::close(size_t first, Outcome outcome) {
  std::vector<std::pair<size_t, Outcome>> open = {{first, outcome}};
  while (!open.empty()) {
    const auto [index, how] = open.back();
    open.pop_back();
    if (runs_[index].phase == StepRun::Phase::over) continue;
    end(index, how);
    if (how == Outcome::cancelled) tell(Happening::What::node_cancelled, index);
    for (const size_t reader : agenda_.readers(index)) {
      if (runs_[reader].phase == StepRun::Phase::over) continue;
      open.emplace_back(reader, how == Outcome::cancelled ? how : Outcome::blocked);
      if (how == Outcome::cancelled || std::exchange(runs_[reader].told_blocked, true)) continue;
      tell(Happening::What::node_blocked, reader, {{"by", plan_.steps[index].name}});
    }
  }
}

void Scheduler::give_up(const std::string& reason) {
  for (size_t step = 0; step < runs_.size(); ++step)
    if (runs_[step].phase == StepRun::Phase::queued) fail(step, reason);
}

}  // namespace bgraph::run

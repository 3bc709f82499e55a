#include <bgraph/core/run/scheduler.h>

#include <bgraph/core/plan/separation.h>
#include <bgraph/core/run/stamp.h>
#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <utility>

namespace bgraph::run {

namespace {

constexpr int kTick_ms = 200;  // how often timeouts, other processes and the display are looked at

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

Scheduler::Scheduler(plan::Plan& plan, const registry::Catalogue& catalogue, const store::Store& store, Launcher& launcher,
                     const Interrupt& interrupt, Watcher watcher, bool fail_fast, double memory_mib)
    : plan_(plan), catalogue_(catalogue), store_(store), launcher_(launcher), interrupt_(interrupt),
      watcher_(std::move(watcher)), fail_fast_(fail_fast), memory_mib_(memory_mib), runs_(plan.steps.size()), readers_(plan.steps.size()) {
  for (size_t step = 0; step < plan_.steps.size(); ++step)
    for (const size_t need : plan_.needs(step)) readers_[need].push_back(step);
}

std::vector<NodeRecord> Scheduler::run() {
  for (size_t step = 0; step < runs_.size(); ++step)  // in order: a hit opens what comes after it
    if (plan_.needs(step).empty()) to_open_.push_back(step);
  open_all();
  while (!all_over()) {
    react_to_interrupt();
    look_elsewhere();
    open_all();
    if (!stopping_) hand_out();
    if (stopping_ && launcher_.busy() == 0) {
      for (size_t step = 0; step < runs_.size(); ++step) close(step, Outcome::cancelled);
      break;
    }
    if (all_over()) break;
    for (const auto& event : launcher_.wait(kTick_ms, interrupt_.descriptor())) handle(event);
    react_to_interrupt();
    tell(Happening::What::tick, 0);
    tell(Happening::What::memory, 0, {{"mib", launcher_.memory_mib()}});
  }
  launcher_.finish();
  std::vector<NodeRecord> records;
  for (auto& run : runs_) records.push_back(std::move(run.record));
  return records;
}

void Scheduler::open_all() {
  while (!to_open_.empty()) {  // a chain of hits opens one after the other
    const size_t step = to_open_.back();
    to_open_.pop_back();
    if (runs_[step].phase == StepRun::Phase::waiting) open(step);
  }
}

void Scheduler::open(size_t index) {
  for (const size_t need : plan_.needs(index))
    if (plan_.steps[need].outputs.empty()) return;
  plan::Step& step = plan_.steps[index];
  const bool waited = step.state == plan::State::after;
  if (waited) plan::settle(plan_, index, store_, catalogue_);
  runs_[index].phase = StepRun::Phase::queued;
  if (step.state == plan::State::hit) {
    if (waited) tell(Happening::What::node_hit, index);
    complete(index, Outcome::hit);
  }
}

bool Scheduler::begin(size_t index) {
  plan::Step& step = plan_.steps[index];
  StepRun& run = runs_[index];
  plan::refuse_shared_images(plan_, index, store_);
  run.lock = store_.try_lock(step.key);
  if (!run.lock) {
    run.phase = StepRun::Phase::elsewhere;
    if (!std::exchange(run.waited, true)) tell(Happening::What::elsewhere, index);
    return false;
  }
  // Somebody may have finished it between the plan and the lock.
  const std::string why = step.why;
  if (plan::take_cached(step, store_, catalogue_)) {
    tell(Happening::What::node_hit, index);
    complete(index, Outcome::hit);
    return false;
  }
  step.why = why;
  run.tasks = tasks_of(plan_, step, store_, run.record);
  if (run.next() == nullptr) run.tasks.push_back(gather_task(step));
  run.phase = StepRun::Phase::running;
  run.record.start_s = now();
  return true;
}

void Scheduler::hand_out() {
  while (launcher_.has_room(1)) {
    open_all();
    size_t best = runs_.size();
    for (size_t step = 0; step < runs_.size(); ++step) {
      StepRun& run = runs_[step];
      const bool ready = run.phase == StepRun::Phase::queued ||
                         (run.phase == StepRun::Phase::running && run.next() != nullptr);
      if (ready && (best == runs_.size() || plan_.steps[step].before(plan_.steps[best])))
        best = step;
    }
    if (best == runs_.size()) return;
    StepRun& run = runs_[best];
    if (!launcher_.has_room(plan_.steps[best].ranks) || !fits(plan_.steps[best])) return;  // it waits for room rather than for ever
    try {
      if (run.phase == StepRun::Phase::queued && !begin(best)) continue;
    } catch (const Error& error) {
      fail(best, error.full());
      continue;
    }
    Task& task = *run.next();
    const plan::Step& step = plan_.steps[best];
    const int lane = launcher_.assign(unit_of(plan_, step, run, task, catalogue_, store_),
                                      {.timeout_s = step.timeout_s,
                                       .memory_mib = step.memory_mib,
                                       .threads = step.threads,
                                       .ranks = task.chunk || task.gather ? 1 : step.ranks,
                                       .gpus = step.device.starts_with("cuda") ? 1 : 0});
    lanes_.resize(std::max(lanes_.size(), static_cast<size_t>(lane) + 1));
    lanes_[static_cast<size_t>(lane)] = {best, static_cast<size_t>(&task - run.tasks.data()), true};
    task.state = Task::State::running;
    task.started_s = now();
    run.record.lane = run.record.chunks == 0 ? lane : -1;
    tell(Happening::What::unit_started, best, {{"key", task.key}}, lane);
  }
}

bool Scheduler::fits(const plan::Step& next) const {
  const auto mib_of = [](const plan::Step& step) { return step.peak_mib * static_cast<double>(step.ranks); };
  double held = 0;
  for (const auto& lane : lanes_)
    if (lane.active) held += mib_of(plan_.steps[lane.step]);
  return memory_mib_ <= 0 || held == 0 || held + mib_of(next) <= memory_mib_;
}

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
  const Json unit = to_json(unit_of(plan_, plan_.steps[lane.step], run, task, catalogue_, store_));
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
  if (!run.has(Task::State::todo) && !run.has(Task::State::running))
    run.tasks.push_back(gather_task(plan_.steps[index]));
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
  run.phase = StepRun::Phase::over;
  run.record.outcome = outcome;
  if (outcome == Outcome::hit) {
    run.record.chunks = 0;
    if (const auto record = store_.record(step.key)) add_cost(run.record, *record);
  }
  if (run.lock) run.lock->remove_and_release();
  run.lock.reset();
  if (outcome == Outcome::ran) {
    Json outputs = Json::object();
    for (const auto& [port, digest] : step.outputs) outputs[port] = digest.hex();
    tell(Happening::What::node_done, index, {{"seconds", run.record.seconds}, {"outputs", outputs}});
  }
  to_open_.insert(to_open_.end(), readers_[index].rbegin(), readers_[index].rend());
}

void Scheduler::fail(size_t index, std::string error, Json detail) {
  if (runs_[index].phase == StepRun::Phase::over) return;  // another chunk has said it
  detail["error"] = error;
  runs_[index].record.error = std::move(error);
  tell(Happening::What::node_failed, index, std::move(detail));
  close(index, Outcome::failed);
  if (fail_fast_ && !std::exchange(stopping_, true)) launcher_.ask_to_stop();
}

void Scheduler::close(size_t first, Outcome outcome) {
  std::vector<std::pair<size_t, Outcome>> open = {{first, outcome}};
  while (!open.empty()) {
    const auto [index, end] = open.back();
    open.pop_back();
    StepRun& run = runs_[index];
    if (run.phase == StepRun::Phase::over) continue;
    run.phase = StepRun::Phase::over;
    run.record.outcome = end;
    // Chunks of it that still run hold no lock: should another process start them too, both publish the same.
    if (run.lock) run.lock->remove_and_release();
    run.lock.reset();
    if (end == Outcome::cancelled) tell(Happening::What::node_cancelled, index);
    for (const size_t reader : readers_[index]) {
      if (runs_[reader].phase == StepRun::Phase::over) continue;
      open.emplace_back(reader, end == Outcome::cancelled ? end : Outcome::blocked);
      if (end == Outcome::cancelled || std::exchange(runs_[reader].told_blocked, true)) continue;
      tell(Happening::What::node_blocked, reader, {{"by", plan_.steps[index].name}});
    }
  }
}

void Scheduler::give_up(const std::string& reason) {
  for (size_t step = 0; step < runs_.size(); ++step)
    if (runs_[step].phase == StepRun::Phase::queued) fail(step, reason);
}

void Scheduler::look_elsewhere() {
  if (Clock::now() - looked_elsewhere_ < std::chrono::milliseconds(kTick_ms)) return;
  looked_elsewhere_ = Clock::now();
  for (auto& run : runs_)
    if (run.phase == StepRun::Phase::elsewhere) run.phase = StepRun::Phase::queued;  // `begin` tries again
}

void Scheduler::react_to_interrupt() {
  const int stops = interrupt_.count();
  if (stops == stops_seen_) return;
  stops_seen_ = stops;
  stopping_ = true;
  const std::string text = launcher_.interrupt(stops, interrupt_.requeue());
  tell(Happening::What::stopping, 0, {{"count", stops}, {"requeue", interrupt_.requeue()}, {"text", text}});
}

bool Scheduler::all_over() const {
  return std::all_of(runs_.begin(), runs_.end(),
                     [](const StepRun& run) { return run.phase == StepRun::Phase::over; });
}

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

double Scheduler::now() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

}  // namespace bgraph::run

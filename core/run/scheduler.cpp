#include <bgraph/core/run/scheduler.h>

#include <bgraph/core/plan/separation.h>
#include <bgraph/core/run/stamp.h>
#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <utility>

namespace bgraph::run {

namespace {
constexpr int kTick_ms = 200;  // how often timeouts, other processes, memory and the display are looked at
}

Scheduler::Scheduler(plan::Plan& plan, const registry::Catalogue& catalogue, const store::Store& store, Launcher& launcher,
                     const Interrupt& interrupt, Watcher watcher, bool fail_fast, double memory_mib)
    : plan_(plan), catalogue_(catalogue), store_(store), launcher_(launcher), interrupt_(interrupt),
      watcher_(std::move(watcher)), fail_fast_(fail_fast), memory_mib_(memory_mib),
      components_(catalogue.component_files()), runs_(plan.steps.size()), agenda_(plan) {}

std::vector<NodeRecord> Scheduler::run() {
  to_open_ = agenda_.roots();
  open_all();
  while (over_ < runs_.size()) {
    react_to_interrupt();
    open_all();
    if (!stopping_) hand_out();
    if (stopping_ && launcher_.busy() == 0) {
      for (size_t step = 0; step < runs_.size(); ++step) close(step, Outcome::cancelled);
      break;
    }
    if (over_ == runs_.size()) break;
    for (const auto& event : launcher_.wait(kTick_ms, interrupt_.descriptor())) handle(event);
    react_to_interrupt();
    look_around();
    tell(Happening::What::tick, 0);
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
  plan::Step& step = plan_.steps[index];
  const bool waited = step.state == plan::State::after;
  if (waited) plan::settle(plan_, index, store_, catalogue_);
  runs_[index].phase = StepRun::Phase::queued;
  if (step.state != plan::State::hit) return agenda_.add(index);
  if (waited) tell(Happening::What::node_hit, index);
  complete(index, Outcome::hit);
}

bool Scheduler::begin(size_t index) {
  plan::Step& step = plan_.steps[index];
  StepRun& run = runs_[index];
  plan::refuse_shared_images(plan_, index, store_);
  run.lock = store_.try_lock(step.key);
  if (!run.lock) {
    run.phase = StepRun::Phase::elsewhere;
    elsewhere_.push_back(index);
    agenda_.remove(index);
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
    const auto first = agenda_.first();
    if (!first) return;
    const size_t best = *first;
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
    const int lane = launcher_.assign(unit_of(plan_, step, run, task, components_, store_),
                                      {.timeout_s = step.timeout_s,
                                       .memory_mib = step.memory_mib,
                                       .threads = step.threads,
                                       .ranks = task.chunk || task.gather ? 1 : step.ranks,
                                       .gpus = step.device.starts_with("cuda") ? 1 : 0});
    lanes_.resize(std::max(lanes_.size(), static_cast<size_t>(lane) + 1));
    lanes_[static_cast<size_t>(lane)] = {best, static_cast<size_t>(&task - run.tasks.data()), true};
    task.state = Task::State::running;
    task.started_s = now();
    if (run.next() == nullptr) agenda_.remove(best);
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

void Scheduler::look_around() {
  if (looked_around_ && Clock::now() - *looked_around_ < std::chrono::milliseconds(kTick_ms)) return;
  looked_around_ = Clock::now();
  tell(Happening::What::memory, 0, {{"mib", launcher_.memory_mib()}});
  for (const size_t step : std::exchange(elsewhere_, {})) {
    if (runs_[step].phase != StepRun::Phase::elsewhere) continue;
    runs_[step].phase = StepRun::Phase::queued;  // `begin` tries again
    agenda_.add(step);
  }
}

void Scheduler::react_to_interrupt() {
  const int stops = interrupt_.count();
  if (stops == stops_seen_) return;
  stops_seen_ = stops;
  stopping_ = true;
  const std::string text = launcher_.interrupt(stops, interrupt_.requeue());
  tell(Happening::What::stopping, 0, {{"count", stops}, {"requeue", interrupt_.requeue()}, {"text", text}});
}

double Scheduler::now() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

}  // namespace bgraph::run

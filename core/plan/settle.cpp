// How a step gets its key and is looked up, and the small questions asked of a plan.
#include <bgraph/core/plan/components.h>
#include <bgraph/core/plan/explain.h>
#include <bgraph/core/plan/plan.h>

#include <algorithm>
#include <set>

namespace bgraph::plan {

namespace {

/// What earlier runs of the type took: the newest of the same name, else the newest.
double expected_cost(const std::vector<store::KeyRecord>& earlier, const std::string& node) {
  for (const auto& record : earlier)
    if (record.node == node) return record.seconds;
  return earlier.empty() ? 1.0 : earlier.front().seconds;
}

std::string waiting_for(const Plan& plan, size_t step) {
  std::string text;
  for (const size_t need : plan.needs(step))
    if (plan.steps[need].outputs.empty())
      text += (text.empty() ? "after " : ", ") + plan.steps[need].name;
  return text;
}

}  // namespace

std::map<std::string, std::vector<Digest>> input_digests(const Plan& plan, const Step& step) {
  std::map<std::string, std::vector<Digest>> inputs;
  for (const auto& [port, sources] : step.sources)
    for (const auto& source : sources)
      inputs[port].push_back(plan.steps[source.step].outputs.at(source.port));
  return inputs;
}

void settle(Plan& plan, size_t index, const store::Store& store, const registry::Catalogue& catalogue) {
  Step& step = plan.steps[index];
  const std::string waiting = waiting_for(plan, index);
  if (!waiting.empty()) {
    step.state = State::after;
    step.why = waiting;
    step.cost_s = expected_cost(store.history(step.offer.spec.type), step.node);
    return;
  }
  step.preimage = preimage(step.recipe, input_digests(plan, step));
  step.key = key_of(step.preimage);
  if (take_cached(step, store, catalogue)) return;
  const auto earlier = store.history(step.offer.spec.type);
  step.state = State::run;
  if (step.why.empty()) step.why = explain(step.preimage, earlier, step.node, step.offer.plugin);
  step.cost_s = expected_cost(earlier, step.node);
}

bool take_cached(Step& step, const store::Store& store, const registry::Catalogue& catalogue) {
  auto known = store.known(step.key);
  const std::string rebuilt = known ? rebuilt_component(known->builds, catalogue) : "";
  step.why = rebuilt.empty() ? "" : "component " + rebuilt + " rebuilt";
  if (!known || !rebuilt.empty()) return false;
  step.state = State::hit;
  step.why = "cached";
  step.outputs = std::move(known->outputs);
  return true;
}

size_t Plan::count(State state) const {
  return static_cast<size_t>(std::count_if(steps.begin(), steps.end(),
                                           [&](const Step& step) { return step.state == state; }));
}

std::vector<size_t> Plan::needs(size_t step) const {
  std::set<size_t> found;
  for (const auto& [port, sources] : steps[step].sources)
    for (const auto& source : sources) found.insert(source.step);
  return {found.begin(), found.end()};
}

std::string to_text(State state) {
  return state == State::hit ? "hit" : state == State::run ? "run" : "after";
}

}  // namespace bgraph::plan

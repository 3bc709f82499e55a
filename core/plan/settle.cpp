// How a step gets its key and is looked up, and the small questions asked of a plan.
#include <bgraph/core/plan/components.h>
#include <bgraph/core/plan/explain.h>
#include <bgraph/core/plan/needs.h>
#include <bgraph/core/plan/plan.h>

#include <algorithm>
#include <set>

namespace bgraph::plan {

namespace {

/// What the nearest earlier run took stands for what this one will take.
Explanation foretell(Step& step, const Json& preimage, const store::Store& store) {
  const auto& earlier = store.history(step.offer->spec.type);
  Explanation told = explain(preimage, earlier, step.node, step.offer->plugin);
  if (told.nearest) {
    step.foretold = true;
    step.cost_s = told.nearest->seconds;
    step.peak_mib = told.nearest->peak_mib;
  }
  told.nearest = nullptr;  // it goes with the next node that is published
  return told;
}

/// Declared memory goes before measured memory. Before its inputs are known only expressions without them count.
void declare_memory(Plan& plan, Step& step, const store::Store& store, bool inputs_known) {
  if (step.offer->spec.memory.empty()) return;
  Needs needs{step.params, {}, {}};
  if (inputs_known) needs = needs_of(plan, step, store);
  if (const auto mib = memory_mib(step.offer->spec.memory, needs)) step.peak_mib = *mib;
}

std::string waiting_for(const Plan& plan, size_t step) {
  const auto there = [&](const Source& source) { return !plan.steps[source.step].outputs.empty(); };
  const auto& inputs = plan.steps[step].sources;
  if (std::all_of(inputs.begin(), inputs.end(), [&](const auto& input) {
        return std::all_of(input.second.begin(), input.second.end(), there);
      }))
    return {};
  std::string text;
  for (const size_t need : plan.needs(step))
    if (plan.steps[need].outputs.empty())
      text += (text.empty() ? "after " : ", ") + plan.steps[need].name;
  return text;
}

}  // namespace

Inputs input_digests(const Plan& plan, const Step& step) {
  Inputs inputs;
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
    foretell(step, preimage(step.recipe, {}), store);
    declare_memory(plan, step, store, false);
    return;
  }
  const Inputs inputs = input_digests(plan, step);
  step.key = key_of(step.framed, inputs);
  if (take_cached(step, store, catalogue)) return;
  step.state = State::run;
  step.preimage = preimage(step.recipe, inputs);
  Explanation told = foretell(step, step.preimage, store);
  if (step.why.empty()) step.why = std::move(told.text);
  step.changes = std::move(told.changes);
  declare_memory(plan, step, store, true);
}

bool take_cached(Step& step, const store::Store& store, const registry::Catalogue& catalogue) {
  auto known = store.known(step.key);
  const std::string rebuilt = known ? rebuilt_component(known->builds, catalogue) : "";
  step.why = rebuilt.empty() ? "" : "component " + rebuilt + " rebuilt";
  if (!known || !rebuilt.empty()) return false;
  step.state = State::hit;
  step.why = "cached";
  // The index has no build of the node itself; only a promise makes it worth reading the record.
  if (const auto& now = *step.offer; !now.semantic_version.empty())
    if (const auto record = store.find(step.key); record && record->build_id != now.build_id)
      step.why = "cached under the promise that builds of " + now.plugin + " " + now.semantic_version +
                 " agree: made by build " + record->build_id.substr(0, 8) + ", now " + now.build_id.substr(0, 8);
  step.outputs = std::move(known->outputs);
  return true;
}

bool Step::before(const Step& other) const {
  return cell != other.cell ? cell < other.cell : path_s > other.path_s;
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
  return state == State::hit ? "hit" : state == State::run ? "run" : "blocked";
}

}  // namespace bgraph::plan

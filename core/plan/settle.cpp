// How a step gets its key and is looked up, and the small questions asked of a plan.
#include <bgraph/core/plan/components.h>
#include <bgraph/core/plan/explain.h>
#include <bgraph/core/plan/forecast.h>
#include <bgraph/core/plan/needs.h>
#include <bgraph/core/plan/plan.h>
#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <iterator>

namespace bgraph::plan {

namespace {

constexpr const char* kSettings[] = {"params", "device", "precision"};  // on which time and memory hang, beside the inputs

bool same_settings(const Json& a, const Json& b) {
  return std::all_of(std::begin(kSettings), std::end(kSettings),
                     [&](const char* field) { return a.value(field, Json()) == b.value(field, Json()); });
}

/// The runs that tell what this one will take: with its parameters, else with those of the nearest; that one first.
std::vector<const store::KeyRecord*> comparable(const std::vector<store::KeyRecord>& earlier, const Json& preimage,
                                                const store::KeyRecord* nearest) {
  std::vector<const store::KeyRecord*> runs;
  for (const Json* like : {&preimage, nearest ? &nearest->preimage : nullptr}) {
    for (const auto& record : earlier)
      if (like && same_settings(record.preimage, *like)) runs.insert(&record == nearest ? runs.begin() : runs.end(), &record);
    if (!runs.empty()) break;
  }
  return runs;
}

/// Why it runs, by the nearest earlier run; what it will take, by those that are like it.
Explanation foretell(Step& step, const Json& preimage, const store::Store& store) {
  const auto& earlier = store.history(step.offer->spec.type);
  Explanation told = explain(preimage, earlier, step.node, step.offer->plugin);
  if (const auto runs = comparable(earlier, preimage, told.nearest); !runs.empty()) {
    Forecast by_runs = forecast(runs, step.input_size);
    step.foretold = true;
    step.foretold_by = std::move(by_runs.basis);
    step.cost_s = by_runs.seconds;
    step.peak_mib = by_runs.peak_mib;
  }
  told.nearest = nullptr;  // it goes with the next node that is published
  return told;
}

/// An input that was taken out of the store meanwhile is told by whoever opens it to work on it.
Needs known_needs(const Plan& plan, const Step& step, const store::Store& store) {
  try {
    return needs_of(plan, step, store);
  } catch (const Error&) {
    return {step.params, {}, {}};
  }
}

/// Declared memory goes before measured memory. Before its inputs are known only expressions without them count.
void declare_memory(Step& step, const Needs& needs) {
  if (step.offer->spec.memory.empty()) return;
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
    declare_memory(step, {step.params, {}, {}});
    return;
  }
  const Inputs inputs = input_digests(plan, step);
  step.key = key_of(step.framed, inputs);
  if (take_cached(step, store, catalogue)) return;
  step.state = State::run;
  step.preimage = preimage(step.recipe, inputs);
  const Needs needs = known_needs(plan, step, store);
  step.input_size = needs.input_size;
  Explanation told = foretell(step, step.preimage, store);
  if (step.why.empty()) step.why = std::move(told.text);
  step.changes = std::move(told.changes);
  declare_memory(step, needs);
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
  std::vector<size_t> found;
  for (const auto& [port, sources] : steps[step].sources)
    for (const auto& source : sources) found.push_back(source.step);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::string to_text(State state) {
  return state == State::hit ? "hit" : state == State::run ? "run" : "blocked";
}

}  // namespace bgraph::plan

#include <bgraph/core/plan/meetings.h>

#include <algorithm>
#include <set>

namespace bgraph::plan {

namespace {
constexpr std::string_view kTest = "test";
}

Meetings::Meetings(const Plan& plan, const Cell& cell, const store::Store& store) : plan_(plan), cell_(cell), store_(store) {
  for (const auto& [name, index] : cell.steps)
    for (const auto& [port, sources] : plan.steps[index].sources)
      for (const Source& source : sources) readers_[source.step].push_back({index, source.port});
}

std::vector<TestValue> Meetings::of(size_t step) {
  std::vector<TestValue> met;
  std::set<Digest> listed;
  std::set<size_t> reached = {step};
  for (std::vector<size_t> open = {step}; !open.empty();) {
    const size_t index = open.back();
    open.pop_back();
    for (const auto& [port, sources] : plan_.steps[index].sources)
      for (const Source& source : sources)
        if (auto value = test_value(source); value && listed.insert(value->digest).second) met.push_back(*std::move(value));
    for (const auto& reader : readers_[index])
      if (!carries_test({index, reader.port}) && reached.insert(reader.step).second) open.push_back(reader.step);
  }
  return met;
}

std::vector<TestValue> Meetings::test_values() const {
  std::vector<TestValue> found;
  for (const auto& [name, index] : cell_.steps)
    for (const auto& [port, digest] : plan_.steps[index].outputs)
      if (auto value = test_value({index, port})) found.push_back(*std::move(value));
  return found;
}

std::optional<TestValue> Meetings::test_value(const Source& source) const {
  const Step& step = plan_.steps[source.step];
  const auto output = step.outputs.find(source.port);
  if (output == step.outputs.end()) return std::nullopt;
  const Json meta = store_.open(output->second).meta;
  const std::string space = meta.value("id_space", "");
  if (meta.value("split", "") != kTest || space.empty()) return std::nullopt;
  return TestValue{step.name + "." + source.port, space, output->second};
}

bool Meetings::carries_test(const Source& source) {
  const auto [known, is_new] = carries_.try_emplace({source.step, source.port}, false);
  if (is_new) known->second = looked_up(source);
  return known->second;
}

/// What the value's label says; before it is there, what its port declares: "test", or "=input" of what carries test data.
bool Meetings::looked_up(const Source& source) {
  const Step& step = plan_.steps[source.step];
  if (const auto output = step.outputs.find(source.port); output != step.outputs.end())
    return store_.open(output->second).meta.value("split", "") == kTest;
  const auto& outputs = step.offer->spec.outputs;
  const auto port = std::find_if(outputs.begin(), outputs.end(), [&](const PortSpec& one) { return one.name == source.port; });
  if (port == outputs.end()) return false;
  if (!port->split.starts_with("=")) return port->split == kTest;
  const auto followed = step.sources.find(port->split.substr(1));
  return followed != step.sources.end() && std::any_of(followed->second.begin(), followed->second.end(),
                                                       [&](const Source& from) { return carries_test(from); });
}

}  // namespace bgraph::plan

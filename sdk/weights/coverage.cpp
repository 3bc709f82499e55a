#include <bgraph/sdk/weights/coverage.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <set>

namespace bgraph {

namespace {

constexpr size_t kMostLines = 12;  // of each kind

/// The whole name below a prefix is nearer than any spelling: "module.fc.bias" is meant by "fc.bias".
std::string meant(const std::string& name, const std::vector<std::string>& candidates) {
  for (const auto& candidate : candidates)
    if (candidate.ends_with("." + name) || name.ends_with("." + candidate)) return candidate;
  return nearest(name, candidates);
}

/// Nearest names cost time: only for those that will be shown.
void find_nearest(std::vector<Coverage::Unmatched>& names, const std::vector<Coverage::Unmatched>& others) {
  std::vector<std::string> candidates;
  for (const auto& other : others) candidates.push_back(other.name);
  for (size_t i = 0; i < std::min(names.size(), kMostLines); ++i)
    names[i].nearest = meant(names[i].name, candidates);
}

std::string lines_of(const std::vector<Coverage::Unmatched>& names, const std::string& what) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kMostLines); ++i)
    text += "\n    " + what + " '" + names[i].name + "'" +
            (names[i].nearest.empty() ? "" : " (nearest: '" + names[i].nearest + "')");
  if (names.size() > kMostLines) text += "\n    and " + std::to_string(names.size() - kMostLines) + " more " + what;
  return text;
}

/// How many of `names` have their equal below `prefix` in `others`.
size_t count_below(const std::string& prefix, const std::vector<Coverage::Unmatched>& names,
                   const std::set<std::string>& others) {
  size_t count = 0;
  for (const auto& entry : names) count += others.count(prefix + entry.name);
  return count;
}

/// The prefix that the most of `names` have in `others`; "" if less than half.
std::string prefix_in(const std::vector<Coverage::Unmatched>& names, const std::vector<Coverage::Unmatched>& others) {
  if (names.empty()) return {};
  std::set<std::string> all;
  for (const auto& other : others) all.insert(other.name);
  std::string best;
  size_t most = (names.size() - 1) / 2;
  for (const auto& other : all) {
    if (!other.ends_with("." + names.front().name)) continue;
    const std::string prefix = other.substr(0, other.size() - names.front().name.size());
    if (const size_t count = count_below(prefix, names, all); count > most) most = count, best = prefix;
  }
  return best;
}

}  // namespace

Coverage coverage_of(const NamedTensors& places, const NamedTensors& weights) {
  Coverage coverage;
  for (const auto& [name, place] : places) {
    const auto weight = weights.find(name);
    if (weight == weights.end())
      coverage.missing.push_back({name, ""});
    else if (weight->second.sizes() != place.sizes())
      coverage.wrong_shape.push_back({name, weight->second.sizes().vec(), place.sizes().vec()});
    else
      coverage.matched.push_back(name);
  }
  for (const auto& [name, weight] : weights)
    if (!places.contains(name)) coverage.unexpected.push_back({name, ""});
  find_nearest(coverage.missing, coverage.unexpected);
  find_nearest(coverage.unexpected, coverage.missing);
  return coverage;
}

std::string Coverage::problems() const {
  std::string text = lines_of(missing, "missing");
  for (size_t i = 0; i < std::min(wrong_shape.size(), kMostLines); ++i)
    text += "\n    '" + wrong_shape[i].name + "' is " + shape_text(wrong_shape[i].found) + ", expected " +
            shape_text(wrong_shape[i].expected);
  if (wrong_shape.size() > kMostLines)
    text += "\n    and " + std::to_string(wrong_shape.size() - kMostLines) + " more of another shape";
  return text + lines_of(unexpected, "unexpected");
}

std::string Coverage::prefix_hint() const {
  if (const std::string given = prefix_in(missing, unexpected); !given.empty())
    return "the names in the file stand below '" + given + "': prefixes = { \"" + given + "\" = \"\" }";
  if (const std::string wanted = prefix_in(unexpected, missing); !wanted.empty())
    return "the component has these names below '" + wanted + "': prefixes = { \"\" = \"" + wanted + "\" }";
  return {};
}

}  // namespace bgraph

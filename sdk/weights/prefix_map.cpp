#include <bgraph/sdk/weights/prefix_map.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace bgraph {

namespace {

/// '*' stands for any letters, also none. Greedy with one way back: linear in practice, no recursion.
bool fits(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++, resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1, n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::optional<std::string> new_name(const std::string& name, const Json& prefixes) {
  if (prefixes.empty()) return name;
  std::optional<std::string> found;
  size_t longest = 0;
  for (const auto& [from, to] : prefixes.items())
    if (name.starts_with(from) && (!found || from.size() > longest)) {
      longest = from.size();
      found = to.get<std::string>() + name.substr(from.size());
    }
  return found;
}

}  // namespace

Renamed renamed(const std::map<std::string, at::Tensor>& tensors, const Json& prefixes,
                const std::vector<std::string>& ignore) {
  for (const auto& [from, to] : prefixes.items())
    if (!to.is_string()) throw Error("prefix '" + from + "' becomes " + to.dump() + ", expected text");
  Renamed result;
  std::map<std::string, std::string> origins;
  for (const auto& [name, tensor] : tensors) {
    if (std::any_of(ignore.begin(), ignore.end(), [&](const auto& pattern) { return fits(pattern, name); })) {
      result.ignored.push_back(name);
    } else if (const auto target = new_name(name, prefixes); !target) {
      result.outside.push_back(name);
    } else if (const auto [it, fresh] = origins.emplace(*target, name); fresh) {
      result.tensors[*target] = tensor;
    } else {
      throw Error("'" + it->second + "' and '" + name + "' would both be called '" + *target + "'",
                  "make the prefixes tell them apart, or ignore one");
    }
  }
  return result;
}

}  // namespace bgraph

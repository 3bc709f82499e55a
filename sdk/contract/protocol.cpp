#include <bgraph/sdk/contract/protocol.h>

#include <bgraph/sdk/contract/digest.h>

#include <algorithm>
#include <set>

namespace bgraph {

namespace {

/// Entries by path ("/steps/ssim/size"); an empty protocol has none.
Json flat(const Json& protocol) {
  return protocol.is_object() && !protocol.empty() ? protocol.flatten() : Json::object();
}

/// "/steps/ssim/size" -> "steps ssim size"
std::string words(const std::string& path) {
  std::string text = path.substr(1);
  std::replace_if(text.begin(), text.end(), [](char letter) { return letter == '/' || letter == '_'; }, ' ');
  return text;
}

}  // namespace

std::string protocol_digest(const Json& protocol) {
  if (!protocol.is_object() || protocol.empty()) return {};
  return Hasher().add(protocol.dump()).finish().brief();  // objects are ordered by key
}

std::string protocol_difference(const std::vector<Json>& protocols) {
  std::vector<Json> entries;
  std::set<std::string> paths;
  for (const auto& protocol : protocols) {
    entries.push_back(flat(protocol));
    for (const auto& [path, value] : entries.back().items()) paths.insert(path);
  }
  std::string text;
  for (const auto& path : paths) {
    std::vector<std::string> values;
    for (const auto& entry : entries) {
      const std::string value = entry.contains(path) ? entry.at(path).dump() : "none";
      if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
    }
    if (values.size() < 2) continue;
    text += (text.empty() ? "" : "; ") + words(path) + ": ";
    for (size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : " / ") + values[i];
  }
  return text;
}

std::string protocol_footnote(const std::vector<Json>& protocols) {
  const std::string difference = protocol_difference(protocols);
  return difference.empty() ? "" : "Scored under different protocols, so rows are not ranked. " + difference + ".";
}

}  // namespace bgraph

#include "names.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace bgraph::io::bids {

namespace fs = std::filesystem;

namespace {

std::optional<Name> parsed(const fs::path& file) {
  const std::string name = file.filename().string();
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return std::nullopt;
  Name found{.file = file, .entities = {}, .suffix = {}, .extension = name.substr(dot)};
  for (size_t from = 0; from <= dot;) {
    const size_t to = std::min(name.find('_', from), dot), dash = name.find('-', from);
    if (to == dot) found.suffix = name.substr(from, to - from);
    else if (dash == std::string::npos || dash >= to) return std::nullopt;
    else found.entities[name.substr(from, dash - from)] = name.substr(dash + 1, to - dash - 1);
    from = to + 1;
  }
  if (found.entities.count("sub") == 0 || found.suffix.find('-') != std::string::npos) return std::nullopt;
  return found;
}

void add_files(const fs::path& folder, std::vector<Name>& found) {
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable))
    if (auto name = parsed(entry.path())) found.push_back(std::move(*name));
}

/// -1 for what is no number, or none.
int64_t number_of(const std::string& text) {
  int64_t number = -1;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() ? number : -1;
}

}  // namespace

std::string Name::entity(const std::string& key) const {
  const auto found = entities.find(key);
  return found == entities.end() ? "" : found->second;
}

std::vector<Name> files_of(const fs::path& root, const std::string& subject, const std::string& folder) {
  const fs::path own = root / ("sub-" + subject);
  std::vector<Name> found;
  add_files(own / folder, found);
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(own, unreadable))
    if (entry.path().filename().string().starts_with("ses-")) add_files(entry.path() / folder, found);
  std::sort(found.begin(), found.end(), [](const Name& a, const Name& b) { return a.file < b.file; });
  return found;
}

Run run_of(const Name& name) { return {name.entity("ses"), name.entity("task"), name.entity("acq"), number_of(name.entity("run"))}; }

std::string Run::text() const {
  std::string all;
  for (const auto& [key, value] : {std::pair<const char*, std::string>{"ses", session}, {"task", task}, {"acq", acquisition}, {"run", number < 0 ? std::string() : std::to_string(number)}})
    if (!value.empty()) all += (all.empty() ? "" : " ") + std::string(key) + "-" + value;
  return all;
}

}  // namespace bgraph::io::bids

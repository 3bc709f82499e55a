#include <bgraph/core/store/folder_files.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// '*' matches any letters.
bool matches(std::string_view name, std::string_view pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  if (name.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (size_t at = star; at <= name.size(); ++at)
    if (matches(name.substr(at), rest)) return true;
  return false;
}

/// "a|b" names the value, or one of its values.
bool one_of_them(std::string_view choices, const Json& value) {
  for (size_t from = 0; from <= choices.size();) {
    const size_t to = std::min(choices.find('|', from), choices.size());
    for (const auto& one : value.is_array() ? value : Json::array({value}))
      if (text_of(one) == choices.substr(from, to - from)) return true;
    from = to + 1;
  }
  return false;
}

}  // namespace

bool leads_nowhere(const fs::path& file) {
  std::error_code none;
  return fs::status(file, none).type() == fs::file_type::not_found && fs::is_symlink(fs::symlink_status(file, none));
}

std::vector<std::string> filled_patterns(const std::vector<std::string>& patterns, const Json& params) {
  std::vector<std::string> open = patterns, filled;
  while (!open.empty()) {
    const std::string pattern = open.back();
    open.pop_back();
    const size_t begin = pattern.find('{'), end = pattern.find('}', begin);
    if (begin == std::string::npos || end == std::string::npos) {
      filled.push_back(pattern);
      continue;
    }
    const std::string inside = pattern.substr(begin + 1, end - begin - 1), name = inside.substr(0, inside.find('='));
    if (!params.contains(name)) throw Error("file pattern '" + pattern + "' names no parameter '" + name + "'");
    const Json& value = params.at(name);
    if (name.size() < inside.size()) {
      if (one_of_them(std::string_view(inside).substr(name.size() + 1), value)) open.push_back(pattern.substr(0, begin) + pattern.substr(end + 1));
      continue;
    }
    for (const auto& one : value.is_array() ? value : Json::array({value}))
      open.push_back(pattern.substr(0, begin) + text_of(one) + pattern.substr(end + 1));
  }
  std::sort(filled.begin(), filled.end());
  filled.erase(std::unique(filled.begin(), filled.end()), filled.end());
  return filled;
}

std::vector<fs::path> files_matching(const fs::path& folder, const std::string& pattern) {
  std::vector<fs::path> found = {""};
  for (const auto& part : fs::path(is_optional(pattern) ? pattern.substr(1) : pattern)) {
    std::vector<fs::path> next;
    for (const auto& parent : found) {
      if (part.string().find('*') == std::string::npos) {
        next.push_back(parent / part);
        continue;
      }
      std::error_code ignored;
      for (const auto& entry : fs::directory_iterator(folder / parent, ignored))
        if (matches(entry.path().filename().string(), part.string())) next.push_back(parent / entry.path().filename());
    }
    found = std::move(next);
  }
  std::error_code ignored;
  std::erase_if(found, [&](const fs::path& file) {
    return !fs::is_regular_file(folder / file, ignored) && !leads_nowhere(folder / file);
  });
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace bgraph::store

#include <bgraph/core/store/history.h>

#include <bgraph/core/store/durable.h>

#include <set>
#include <string_view>

namespace bgraph::store {

namespace {
constexpr size_t kRemembered = 40;
}

const std::vector<KeyRecord>& History::of(const std::string& type, const Find& find) {
  const auto [entry, is_new] = recent_.try_emplace(type);
  std::vector<KeyRecord>& recent = entry->second;
  if (!is_new || !std::filesystem::exists(folder_ / type)) return recent;
  const std::string text = read_text(folder_ / type);
  std::set<std::string> seen;
  for (size_t end = text.rfind('\n'); end != text.npos && recent.size() < kRemembered;) {
    const size_t before = end == 0 ? text.npos : text.rfind('\n', end - 1);
    const size_t begin = before == text.npos ? 0 : before + 1;
    const std::string key = text.substr(begin, end - begin);
    if (seen.insert(key).second)
      if (auto record = find(key)) recent.push_back(std::move(*record));
    end = before;
  }
  return recent;
}

void History::add(const KeyRecord& record) {
  append_line(folder_ / record.type, record.key);
  const auto entry = recent_.find(record.type);
  if (entry == recent_.end()) return;
  std::vector<KeyRecord>& recent = entry->second;
  std::erase_if(recent, [&](const KeyRecord& other) { return other.key == record.key; });
  recent.insert(recent.begin(), record);
  if (recent.size() > kRemembered) recent.pop_back();
}

}  // namespace bgraph::store

#include <bgraph/sdk/contract/safetensors.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <set>

namespace bgraph {

namespace {

constexpr uint64_t kLargestHeader = 100'000'000;
constexpr int kDeepest = 8;  // a header nests three deep; the cap stops stack exhaustion

const std::map<std::string_view, int> kBits = {
    {"BOOL", 8}, {"U8", 8},   {"I8", 8},   {"U16", 16},      {"I16", 16},       {"F16", 16},
    {"BF16", 16}, {"U32", 32}, {"I32", 32}, {"F32", 32},      {"U64", 64},       {"I64", 64},
    {"F64", 64}, {"C64", 64}, {"F4", 4},   {"F6_E2M3", 6},   {"F6_E3M2", 6},    {"F8_E4M3", 8},
    {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}};

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(name + " is not a valid safetensors file: " + why,
              "fetch or write the file again");
}

/// JSON parse that refuses duplicate keys and deep nesting.
Json parse_header(std::string_view text, const std::string& name) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDeepest) refuse(name, "header nested deeper than " + std::to_string(kDeepest));
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      refuse(name, "key '" + parsed.get<std::string>() + "' stands twice");
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::exception& error) {
    refuse(name, std::string("header is not JSON: ") + error.what());
  }
}

uint64_t byte_count(const SafetensorsEntry& entry, const std::string& file) {
  const int width = dtype_bits(entry.dtype);
  if (width == 0) refuse(file, "tensor '" + entry.name + "' has unknown dtype " + entry.dtype);
  uint64_t bits = static_cast<uint64_t>(width);
  for (const int64_t size : entry.shape)
    if (size < 0 || __builtin_mul_overflow(bits, static_cast<uint64_t>(size), &bits))
      refuse(file, "the shape of tensor '" + entry.name + "' overflows");
  if (bits % 8 != 0) refuse(file, "tensor '" + entry.name + "' is no whole number of bytes");
  return bits / 8;
}

SafetensorsEntry parse_entry(const std::string& name, const Json& json, const std::string& file) {
  try {
    if (!json.is_object()) refuse(file, "tensor '" + name + "' is described by " + json.dump().substr(0, 40));
    SafetensorsEntry entry{name, json.at("dtype"), {}, 0, 0};
    if (!json.at("shape").is_array()) refuse(file, "tensor '" + name + "' has a shape that is no list of sizes");
    for (const auto& size : json.at("shape")) {
      if (!size.is_number_unsigned()) refuse(file, "tensor '" + name + "' has a shape that is no list of sizes");
      entry.shape.push_back(size.get<int64_t>());
    }
    const auto& offsets = json.at("data_offsets");
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned())
      refuse(file, "tensor '" + name + "' has no two data_offsets");
    entry.begin = offsets[0];
    entry.end = offsets[1];
    return entry;
  } catch (const Json::exception& error) {
    refuse(file, "tensor '" + name + "': " + error.what());
  }
}

}  // namespace

int dtype_bits(std::string_view dtype) {
  const auto found = kBits.find(dtype);
  return found == kBits.end() ? 0 : found->second;
}

SafetensorsHeader parse_safetensors(std::span<const std::byte> file, const std::string& name) {
  if (file.size() < 8) refuse(name, "it has " + std::to_string(file.size()) + " bytes, at least 8 expected");
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = (length << 8) | static_cast<uint64_t>(file[static_cast<size_t>(i)]);
  if (length > kLargestHeader) refuse(name, "it claims a header of " + std::to_string(length) + " bytes");
  if (length > file.size() - 8) refuse(name, "it is truncated inside its header");
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + 8, length);
  if (text.empty() || text.front() != '{') refuse(name, "its header does not begin with '{'");

  SafetensorsHeader header;
  const Json json = parse_header(text, name);
  for (const auto& [key, value] : json.items()) {
    if (key != "__metadata__") {
      header.entries.push_back(parse_entry(key, value, name));
      continue;
    }
    if (!value.is_object()) refuse(name, "__metadata__ is " + value.dump().substr(0, 40) + ", expected a table of texts");
    for (const auto& [field, content] : value.items()) {
      if (!content.is_string()) refuse(name, "__metadata__ '" + field + "' is not a string");
      header.metadata[field] = content;
    }
  }
  std::stable_sort(header.entries.begin(), header.entries.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin || (a.begin == b.begin && a.end < b.end); });
  uint64_t at = 0;
  for (auto& entry : header.entries) {
    if (entry.begin != at || entry.end < entry.begin)
      refuse(name, "tensor '" + entry.name + "' begins at " + std::to_string(entry.begin) +
                       ", expected " + std::to_string(at) + " (gap or overlap)");
    const uint64_t bytes = byte_count(entry, name);
    if (entry.end - entry.begin != bytes)
      refuse(name, "tensor '" + entry.name + "' holds " + std::to_string(entry.end - entry.begin) +
                       " bytes, its shape needs " + std::to_string(bytes));
    at = entry.end;
    entry.begin += 8 + length;
    entry.end += 8 + length;
  }
  if (at != file.size() - 8 - length)
    refuse(name, "it has " + std::to_string(file.size() - 8 - length) + " bytes of data, expected " +
                     std::to_string(at));
  return header;
}

std::string safetensors_prefix(std::vector<SafetensorsEntry>& entries,
                               const std::map<std::string, std::string>& metadata) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    const int wide_a = dtype_bits(a.dtype), wide_b = dtype_bits(b.dtype);
    return wide_a != wide_b ? wide_a > wide_b : a.name < b.name;
  });
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (!metadata.empty()) json["__metadata__"] = metadata;
  uint64_t at = 0;
  for (auto& entry : entries) {
    entry.begin = at;
    at = entry.end = at + byte_count(entry, "safetensors output");
    json[entry.name] = {{"dtype", entry.dtype},
                        {"shape", entry.shape},
                        {"data_offsets", {entry.begin, entry.end}}};
  }
  std::string text = json.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  std::string prefix;
  for (int shift = 0; shift < 64; shift += 8) prefix += static_cast<char>((text.size() >> shift) & 255);
  prefix += text;
  for (auto& entry : entries) entry.begin += prefix.size(), entry.end += prefix.size();
  return prefix;
}

}  // namespace bgraph

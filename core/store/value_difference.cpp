#include <bgraph/core/store/value_difference.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/safetensors.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <set>
#include <sstream>

namespace bgraph::store {

namespace {

constexpr size_t kMostLines = 10;

std::string short_text(std::string text) { return text.size() <= 60 ? text : text.substr(0, 57) + "..."; }

std::string number_text(double value) {
  std::ostringstream text;
  text.precision(9);
  text << value;
  return text.str();
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

/// Row-major index of the n-th element.
std::string place_text(size_t n, const std::vector<int64_t>& shape) {
  std::vector<int64_t> index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = static_cast<int64_t>(n) % shape[axis];
    n /= static_cast<size_t>(shape[axis]);
  }
  return shape_text(index);
}

/// A payload and where its tensors stand; of a value without tensors, nothing.
struct Payload {
  Payload(const Store& store, const Digest& digest, const ValueHeader& header) {
    if (header.tensors.empty()) return;
    const auto file = store.value_folder(digest) / kPayloadFile;
    mapped = std::make_unique<MappedFile>(file);
    for (const auto& entry : parse_safetensors(mapped->bytes(), file.string()).entries) entries[entry.name] = entry;
  }
  std::span<const std::byte> bytes(const std::string& name) const {
    const auto& entry = entries.at(name);
    return mapped->bytes().subspan(entry.begin, entry.end - entry.begin);
  }
  std::unique_ptr<MappedFile> mapped;
  std::map<std::string, SafetensorsEntry> entries;
};

template <class T>
std::string compared(std::span<const std::byte> before, std::span<const std::byte> now, const std::vector<int64_t>& shape) {
  const size_t count = before.size() / sizeof(T);
  size_t different = 0, first = 0;
  double largest = 0;
  T first_before{}, first_now{};
  for (size_t i = 0; i < count; ++i) {
    T a, b;
    std::memcpy(&a, before.data() + i * sizeof(T), sizeof(T));
    std::memcpy(&b, now.data() + i * sizeof(T), sizeof(T));
    if (std::memcmp(&a, &b, sizeof(T)) == 0) continue;
    if (different++ == 0) first = i, first_before = a, first_now = b;
    const double gap = std::abs(static_cast<double>(a) - static_cast<double>(b));
    if (gap > largest || std::isnan(gap)) largest = gap;
  }
  return std::to_string(different) + " of " + std::to_string(count) + " differ, largest difference " + number_text(largest) +
         ", first at " + place_text(first, shape) + ": " + number_text(static_cast<double>(first_before)) + " -> " +
         number_text(static_cast<double>(first_now));
}

std::string tensor_difference(const Payload& before, const Payload& now, const TensorHeader& tensor) {
  const auto a = before.bytes(tensor.name), b = now.bytes(tensor.name);
  if (tensor.dtype == "F32") return compared<float>(a, b, tensor.shape);
  if (tensor.dtype == "F64") return compared<double>(a, b, tensor.shape);
  if (tensor.dtype == "I64") return compared<int64_t>(a, b, tensor.shape);
  if (tensor.dtype == "I32") return compared<int32_t>(a, b, tensor.shape);
  if (tensor.dtype == "U8" || tensor.dtype == "BOOL") return compared<uint8_t>(a, b, tensor.shape);
  size_t first = 0;
  while (first < a.size() && a[first] == b[first]) ++first;
  return "bytes differ from byte " + std::to_string(first) + " on (" + tensor.dtype + ")";
}

std::string file_difference(const std::filesystem::path& before, const std::filesystem::path& now) {
  std::istringstream a(read_text(before)), b(read_text(now));
  std::string line_a, line_b;
  for (int line = 1;; ++line) {
    const bool more_a = static_cast<bool>(std::getline(a, line_a)), more_b = static_cast<bool>(std::getline(b, line_b));
    if (!more_a && !more_b) return "line ends differ";
    if (more_a != more_b || line_a != line_b)
      return "line " + std::to_string(line) + ": " + (more_a ? short_text(line_a) : "(end)") + " -> " +
             (more_b ? short_text(line_b) : "(end)");
  }
}

template <class Header>
const Header* named(const std::vector<Header>& all, const std::string& name) {
  for (const auto& one : all)
    if (one.name == name) return &one;
  return nullptr;
}

template <class Header>
std::set<std::string> names_of(const std::vector<Header>& a, const std::vector<Header>& b) {
  std::set<std::string> names;
  for (const auto* all : {&a, &b})
    for (const auto& one : *all) names.insert(one.name);
  return names;
}

}  // namespace

std::vector<std::string> value_differences(const Store& before_store, const Digest& before, const Store& now_store,
                                           const Digest& now) {
  std::vector<std::string> lines;
  if (before == now) return lines;
  const ValueHeader old_header = before_store.open(before), header = now_store.open(now);
  if (old_header.type != header.type) return {"type: " + old_header.type + " -> " + header.type};
  std::set<std::string> keys;
  for (const auto* meta : {&old_header.meta, &header.meta})
    for (const auto& [key, value] : meta->items()) keys.insert(key);
  for (const auto& key : keys) {
    const Json a = old_header.meta.value(key, Json()), b = header.meta.value(key, Json());
    if (a != b) lines.push_back("meta " + key + ": " + short_text(a.dump()) + " -> " + short_text(b.dump()));
  }
  const Payload old_payload(before_store, before, old_header), payload(now_store, now, header);
  for (const auto& name : names_of(old_header.tensors, header.tensors)) {
    const auto* a = named(old_header.tensors, name);
    const auto* b = named(header.tensors, name);
    const std::string what = "tensor " + name + ": ";
    if (!a || !b) lines.push_back(what + (a ? "gone" : "new"));
    else if (a->dtype != b->dtype) lines.push_back(what + a->dtype + " -> " + b->dtype);
    else if (a->shape != b->shape) lines.push_back(what + "shape " + shape_text(a->shape) + " -> " + shape_text(b->shape));
    else if (a->content != b->content) lines.push_back(what + tensor_difference(old_payload, payload, *a));
  }
  for (const auto& name : names_of(old_header.files, header.files)) {
    const auto* a = named(old_header.files, name);
    const auto* b = named(header.files, name);
    const std::string what = "file " + name + ": ";
    if (!a || !b) lines.push_back(what + (a ? "gone" : "new"));
    else if (a->content != b->content)
      lines.push_back(what + file_difference(before_store.value_folder(before) / name, now_store.value_folder(now) / name));
  }
  if (lines.size() > kMostLines) {
    const size_t more = lines.size() - kMostLines;
    lines.resize(kMostLines);
    lines.push_back("and " + std::to_string(more) + " more parts");
  }
  return lines;
}

}  // namespace bgraph::store

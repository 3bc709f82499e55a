#include <bgraph/core/cli/value_page.h>

#include <bgraph/core/cli/size_text.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bgraph::cli {

namespace {

std::string tensor_line(const std::string& name, const std::string& dtype,
                        const std::vector<int64_t>& shape) {
  double bits = dtype_bits(dtype);
  for (const int64_t size : shape) bits *= static_cast<double>(size);
  return fmt::format("  {:<40} {:<5} {:<24} {:>8}\n", name, dtype,
                     fmt::format("[{}]", fmt::join(shape, ", ")), size_text(bits / 8));
}

/// Lists of thousands of ids are counted, not shown.
std::string shortened(const Json& value) {
  constexpr size_t kLongest = 100;
  std::string text = value.dump();
  if (text.size() <= kLongest) return text;
  if (value.is_array()) return fmt::format("list of {}", value.size());
  return text.substr(0, kLongest) + "...";
}

std::string facts(const std::string& title, const Json& json) {
  std::string text;
  for (const auto& [key, value] : json.items())
    text += fmt::format("  {:<20} {}\n", key, shortened(value));
  return text.empty() ? "" : "\n" + title + "\n" + text;
}

SafetensorsHeader header_of(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  return parse_safetensors(mapped.bytes(), file.string());
}

}  // namespace

std::string value_page(const ValueHeader& header) {
  std::string text = fmt::format("{} {}\n", header.type, header.digest().hex());
  text += facts("what it is", header.meta);
  if (!header.tensors.empty()) text += "\ntensors\n";
  for (const auto& tensor : header.tensors)
    text += tensor_line(tensor.name, tensor.dtype, tensor.shape);
  if (!header.files.empty()) text += "\nfiles\n";
  for (const auto& file : header.files)
    text += fmt::format("  {:<40} {:>8}\n", file.name, size_text(static_cast<double>(file.bytes)));
  return text + facts("provenance", header.provenance);
}

std::string safetensors_page(const std::filesystem::path& file) {
  const auto header = header_of(file);
  std::string text = fmt::format("{}: {} tensors\n\n", file.string(), header.entries.size());
  for (const auto& entry : header.entries)
    text += tensor_line(entry.name, entry.dtype, entry.shape);
  return text + facts("metadata", header.metadata);
}

Json safetensors_json(const std::filesystem::path& file) {
  const auto header = header_of(file);
  Json tensors = Json::array();
  for (const auto& entry : header.entries)
    tensors.push_back({{"name", entry.name}, {"dtype", entry.dtype}, {"shape", entry.shape}});
  return {{"file", file.string()}, {"tensors", tensors}, {"metadata", header.metadata}};
}

}  // namespace bgraph::cli

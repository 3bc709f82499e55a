#include <bgraph/core/store/value_check.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/safetensors.h>

#include <map>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

const SafetensorsEntry* entry_of(const SafetensorsHeader& payload, const std::string& name) {
  for (const auto& entry : payload.entries)
    if (entry.name == name) return &entry;
  return nullptr;
}

std::string payload_problem(const fs::path& file, const ValueHeader& header) {
  const MappedFile mapped(file);
  const SafetensorsHeader payload = parse_safetensors(mapped.bytes(), file.string());
  if (payload.entries.size() != header.tensors.size())
    return file.string() + " holds " + std::to_string(payload.entries.size()) + " tensors, expected " +
           std::to_string(header.tensors.size());
  for (const auto& tensor : header.tensors) {
    const SafetensorsEntry* entry = entry_of(payload, tensor.name);
    if (entry == nullptr) return file.string() + " lacks tensor '" + tensor.name + "'";
    if (entry->dtype != tensor.dtype || entry->shape != tensor.shape)
      return file.string() + ": tensor '" + tensor.name + "' is not of the type and shape in value.json";
  }
  return {};
}

std::string tensor_problem(const fs::path& file, const ValueHeader& header) {
  const MappedFile mapped(file);
  const SafetensorsHeader payload = parse_safetensors(mapped.bytes(), file.string());
  for (const auto& tensor : header.tensors) {
    const SafetensorsEntry* entry = entry_of(payload, tensor.name);
    const auto content = mapped.bytes().subspan(entry->begin, entry->end - entry->begin);
    if (digest_blocks(content) != tensor.content)
      return file.string() + ": the bytes of tensor '" + tensor.name + "' are not those that were written";
  }
  return {};
}

}  // namespace

std::string size_problem(const fs::path& folder, const ValueHeader& header) {
  try {
    if (!header.tensors.empty()) {
      const std::string problem = payload_problem(folder / kPayloadFile, header);
      if (!problem.empty()) return problem;
    }
    for (const auto& file : header.files) {
      std::error_code missing;
      const auto size = fs::file_size(folder / file.name, missing);
      if (missing) return (folder / file.name).string() + " is missing";
      if (size != static_cast<uintmax_t>(file.bytes))
        return (folder / file.name).string() + " has " + std::to_string(size) + " bytes, expected " +
               std::to_string(file.bytes);
    }
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

std::string content_problem(const fs::path& folder, const Digest& expected) {
  try {
    const ValueHeader header = read_value_header(folder);
    if (header.digest() != expected)
      return (folder / kValueFile).string() + " describes value " + header.digest().brief() +
             ", expected " + expected.brief();
    if (std::string problem = size_problem(folder, header); !problem.empty()) return problem;
    return content_problem(folder, header);
  } catch (const Error& error) {
    return error.what();
  }
}

std::string content_problem(const fs::path& folder, const ValueHeader& header) {
  try {
    if (!header.tensors.empty()) {
      const std::string problem = tensor_problem(folder / kPayloadFile, header);
      if (!problem.empty()) return problem;
    }
    for (const auto& file : header.files)
      if (digest_file(folder / file.name) != file.content)
        return (folder / file.name).string() + ": the bytes are not those that were written";
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace bgraph::store

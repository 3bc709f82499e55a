#include <bgraph/sdk/value.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/contract/value_header.h>

#include <ATen/ops/from_blob.h>
#include <ATen/ops/empty.h>

#include <array>
#include <cstring>
#include <fstream>

namespace bgraph {

namespace {

constexpr std::array<std::pair<at::ScalarType, const char*>, 10> kDtypes = {{
    {at::kFloat, "F32"}, {at::kDouble, "F64"}, {at::kHalf, "F16"}, {at::kBFloat16, "BF16"},
    {at::kLong, "I64"}, {at::kInt, "I32"}, {at::kShort, "I16"}, {at::kChar, "I8"},
    {at::kByte, "U8"}, {at::kBool, "BOOL"}}};

std::span<const std::byte> bytes_of(const at::Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

at::Tensor storable(const at::Tensor& tensor) { return tensor.detach().cpu().contiguous(); }

at::ScalarType type_of(const SafetensorsEntry& entry, const std::filesystem::path& file) {
  try {
    return dtype_from_name(entry.dtype);
  } catch (Error& error) {
    throw error.during("reading tensor '" + entry.name + "' of " + file.string());
  }
}

at::Tensor copied(std::span<const std::byte> file, const SafetensorsEntry& entry, at::ScalarType type) {
  at::Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(type));
  std::memcpy(tensor.data_ptr(), file.data() + entry.begin, entry.end - entry.begin);
  return tensor;
}

void write_bytes(std::ofstream& out, std::span<const std::byte> bytes) {
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

std::ofstream create(const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) throw Error("cannot write " + file.string() + ": " + std::strerror(errno));
  return out;
}

void close(std::ofstream& out, const std::filesystem::path& file) {
  out.close();
  if (!out) throw Error("writing " + file.string() + " failed: " + std::strerror(errno), "is the disk full?");
}

}  // namespace

std::string dtype_name(at::ScalarType type) {
  for (const auto& [candidate, name] : kDtypes)
    if (candidate == type) return name;
  throw Error(std::string("tensors of type ") + c10::toString(type) + " cannot be stored");
}

at::ScalarType dtype_from_name(const std::string& name) {
  for (const auto& [type, candidate] : kDtypes)
    if (name == candidate) return type;
  throw Error("tensors of dtype " + name + " cannot be read by this version");
}

std::map<std::string, at::Tensor> read_safetensors(const std::filesystem::path& file) {
  const auto mapping = std::make_shared<MappedFile>(file);
  const auto header = parse_safetensors(mapping->bytes(), file.string());
  std::map<std::string, at::Tensor> tensors;
  for (const auto& entry : header.entries) {
    const auto type = type_of(entry, file);
    if (entry.begin == entry.end) {
      tensors[entry.name] = at::empty(entry.shape, at::TensorOptions().dtype(type));
      continue;
    }
    at::Tensor mapped = at::from_blob(mapping->bytes().data() + entry.begin, entry.shape,
                                      [mapping](void*) {}, at::TensorOptions().dtype(type));
    // The format does not demand that numbers be aligned: bytes may stand anywhere, floats may not.
    if (entry.begin % mapped.element_size() != 0) mapped = copied(mapping->bytes(), entry, type);
    tensors[entry.name] = std::move(mapped);
  }
  return tensors;
}

std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& file) {
  return parse_safetensors(MappedFile(file).bytes(), file.string()).metadata;
}

void write_safetensors(const std::filesystem::path& file,
                       const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<SafetensorsEntry> entries;
  for (const auto& [name, tensor] : tensors)
    entries.push_back({name, dtype_name(tensor.scalar_type()), tensor.sizes().vec()});
  const std::string prefix = safetensors_prefix(entries, metadata);
  std::ofstream out = create(file);
  out << prefix;
  for (const auto& entry : entries) {
    const at::Tensor tensor = storable(tensors.at(entry.name));
    write_bytes(out, bytes_of(tensor));
  }
  close(out, file);
}

ValueHeader header_of(const Value& value) {
  ValueHeader header{.type = value.type, .meta = value.meta};
  for (const auto& [name, tensor] : value.tensors) {
    const at::Tensor stored = storable(tensor);
    header.tensors.push_back({name, dtype_name(stored.scalar_type()), stored.sizes().vec(),
                              digest_blocks(bytes_of(stored))});
  }
  for (const auto& [name, content] : value.files)
    header.files.push_back({name, static_cast<int64_t>(content.size()),
                            digest_blocks(std::as_bytes(std::span(content.data(), content.size())))});
  return header;
}

void write_payload(const Value& value, const std::filesystem::path& folder) {
  if (!value.tensors.empty()) write_safetensors(folder / kPayloadFile, value.tensors, {});
  for (const auto& [name, content] : value.files) {
    std::ofstream out = create(folder / name);
    out << content;
    close(out, folder / name);
  }
}

Value read_value(const std::filesystem::path& folder) {
  const ValueHeader header = read_value_header(folder);
  Value value{.type = header.type, .meta = header.meta};
  if (!header.tensors.empty()) {
    auto stored = read_safetensors(folder / kPayloadFile);
    for (const auto& tensor : header.tensors) {
      const auto found = stored.find(tensor.name);
      if (found == stored.end() || found->second.sizes().vec() != tensor.shape)
        throw Error(folder.string() + " is damaged: tensor '" + tensor.name +
                    "' is missing or has another shape than value.json says",
                    "remove the value; it is computed again");
      value.tensors[tensor.name] = found->second;
    }
  }
  for (const auto& file : header.files) {
    std::ifstream in(folder / file.name, std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in || static_cast<int64_t>(content.size()) != file.bytes)
      throw Error(folder.string() + " is damaged: file '" + file.name + "' is missing or short",
                  "remove the value; it is computed again");
    value.files[file.name] = std::move(content);
  }
  return value;
}

}  // namespace bgraph

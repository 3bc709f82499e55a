#include <bgraph/core/import/checkpoint.h>

#include <bgraph/core/import/container.h>
#include <bgraph/core/import/gather.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/contract/zip_archive.h>

#include <algorithm>
#include <map>

namespace bgraph::import {

namespace {

using Kind = Record::Kind;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Contents read_contents(Bytes file, const std::string& name, Arena& arena, Rebuild& rebuild) {
  if (is_zip(file)) return read_zip(file, name, arena, rebuild);
  if (is_legacy(file)) return read_legacy(file, name, arena, rebuild);
  if (file.size() > 262 && text_of(file).substr(257, 5) == "ustar")
    throw Error(name + " is a tar archive, as PyTorch wrote before 0.4", "save it again with a newer PyTorch");
  if (file.size() > 1 && file[0] == std::byte{0x80})
    throw Error(name + " is a pickle, but none that torch.save wrote", "save its arrays as .npy or safetensors");
  throw Error(name + " is no PyTorch file: it begins neither like a zip archive nor like a pickle");
}

/// The bytes of a storage, complete and as they were written.
Bytes bytes_of(const Storage& storage, const Contents& contents, std::map<std::string, Bytes>& checked,
               const std::string& name) {
  if (const auto known = checked.find(storage.key); known != checked.end()) return known->second;
  const Bytes bytes = contents.storage(storage.key);
  if (bytes.size() != storage.bytes)
    throw Error(name + ": storage '" + storage.key + "' has " + std::to_string(bytes.size()) + " bytes, expected " +
                std::to_string(storage.bytes));
  return checked[storage.key] = bytes;
}

/// Error unless every element lies in the storage, and there are no more of them than in the storage.
void require_inside(const FoundTensor& tensor, const std::string& file) {
  const uint64_t width = static_cast<uint64_t>(dtype_bits(tensor.dtype)) / 8;
  const uint64_t available = tensor.storage.size() / width;
  uint64_t count = 1, last = static_cast<uint64_t>(tensor.offset);
  bool overflow = false, empty = false;
  for (size_t i = 0; i < tensor.sizes.size(); ++i) {
    const auto size = static_cast<uint64_t>(tensor.sizes[i]), stride = static_cast<uint64_t>(tensor.strides[i]);
    empty = empty || size == 0;
    uint64_t reach = 0;
    overflow = overflow || __builtin_mul_overflow(count, size, &count) ||
               (size > 0 && __builtin_mul_overflow(size - 1, stride, &reach)) || __builtin_add_overflow(last, reach, &last);
  }
  if (empty) return;
  const std::string what = file + ": tensor '" + tensor.name + "'";
  if (overflow || last >= available)
    throw Error(what + " reaches beyond its storage of " + std::to_string(available) + " elements");
  if (count > available)
    throw Error(what + " repeats the " + std::to_string(available) + " elements of its storage " +
                    "to make " + std::to_string(count),
                "save it with .contiguous()");
}

const Record* entry_at(const Record& value, const std::string& key, const std::string& name) {
  const Record* at = &value;
  for (size_t begin = 0; begin <= key.size();) {
    const size_t end = std::min(key.find('.', begin), key.size());
    const std::string word = key.substr(begin, end - begin);
    const Record* inner = find(*at, word);
    if (!inner) {
      std::vector<std::string> known;
      for (const auto& [entry, content] : at->entries)
        if (entry->kind == Kind::text) known.emplace_back(entry->text.substr(0, 80));
      std::string all;
      for (const auto& entry : known) all += (all.empty() ? "'" : ", '") + entry + "'";
      throw Error(name + " has no entry '" + word + "'; it has " + (all.empty() ? "none" : all), did_you_mean(word, known));
    }
    at = inner;
    begin = end + 1;
  }
  return at;
}

}  // namespace

Checkpoint read_checkpoint(Bytes file, const std::string& name, const Selection& selection) {
  Arena arena;
  Rebuild rebuild(selection.inert);
  const Contents contents = read_contents(file, name, arena, rebuild);
  Checkpoint checkpoint{.container = contents.container, .holds = describe(*contents.value), .taken = selection.key};
  constexpr const char* kUsual = "state_dict";  // where training frameworks put the weights
  if (checkpoint.taken.empty() && find(*contents.value, kUsual) && find(*contents.value, kUsual)->kind == Kind::table)
    checkpoint.taken = kUsual;
  const Record* value = contents.value;
  if (!checkpoint.taken.empty()) {
    value = entry_at(*contents.value, checkpoint.taken, name);
    for (const auto& [key, content] : contents.value->entries)
      if (key->kind == Kind::text && key->text != checkpoint.taken) checkpoint.left.emplace_back(key->text.substr(0, 80));
  }
  std::map<std::string, Bytes> checked;
  for (const auto& [path, record] : gather(*value, arena)) {
    const Storage& storage = *record->storage;
    if (storage.dtype.empty())
      throw Error(name + ": tensor '" + path + "' is of a type that safetensors cannot hold (quantised or complex double)");
    FoundTensor tensor{path, storage.dtype, record->sizes, record->strides,
                       bytes_of(storage, contents, checked, name), 0};
    if (__builtin_add_overflow(record->integer, storage.offset, &tensor.offset))
      throw Error(name + ": tensor '" + path + "' reaches beyond its storage");
    require_inside(tensor, name);
    checkpoint.tensors.push_back(std::move(tensor));
  }
  if (checkpoint.tensors.empty()) throw Error(name + " holds " + describe(*value) + ", in which there is no tensor");
  return checkpoint;
}

}  // namespace bgraph::import

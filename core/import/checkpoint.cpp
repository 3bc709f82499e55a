#include <bgraph/core/import/checkpoint.h>

#include <bgraph/core/import/gather.h>
#include <bgraph/core/import/rebuild.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/contract/zip_archive.h>

#include <cstring>
#include <map>

namespace bgraph::import {

namespace {

using Bytes = std::span<const std::byte>;
using Kind = Record::Kind;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// The value of a file, and where its storages lie.
struct Contents {
  std::string container;
  Record* value = nullptr;
  std::map<std::string, Bytes> storages;     // legacy: all of them
  std::map<std::string, ZipMember> members;  // zip: by member name
  std::string root;                          // zip: "NAME/"
};

// --- zip -----------------------------------------------------------------------------------------------------

Contents read_zip(Bytes file, const std::string& name, Arena& arena, Rebuild& rebuild) {
  Contents contents{.container = "zip", .members = zip_members(file, name)};
  constexpr std::string_view kPickle = "data.pkl";
  const ZipMember* pickle = nullptr;
  bool program = false;
  for (const auto& [member, content] : contents.members) {
    const size_t slash = member.find('/');
    const std::string_view inner = std::string_view(member).substr(slash == std::string::npos ? 0 : slash + 1);
    program = program || inner.starts_with("code/");
    if (inner != kPickle) continue;
    if (pickle) throw Error(name + " holds more than one data.pkl");
    pickle = &content;
    contents.root = member.substr(0, member.size() - kPickle.size());
  }
  if (program)
    throw Error(name + " is a TorchScript archive: a program, whose weights belong to its code",
                "io.load_torchscript runs it, if the graph allows code; or save its state_dict()");
  if (!pickle) throw Error(name + " is a zip archive, but none that PyTorch wrote: it holds no data.pkl");
  if (const auto order = contents.members.find(contents.root + "byteorder");
      order != contents.members.end() && text_of(order->second.bytes) != "little")
    throw Error(name + " holds big-endian numbers");
  require_intact(*pickle, name + ", " + contents.root + "data.pkl");
  size_t length = 0;
  contents.value = read_pickle(pickle->bytes, name + ", " + contents.root + "data.pkl", arena, rebuild, length);
  return contents;
}

// --- legacy --------------------------------------------------------------------------------------------------

constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12);  // LONG1, 10 bytes

bool is_legacy(Bytes file) {
  return file.size() > 2 + kMagic.size() && file[0] == std::byte{0x80} && text_of(file).substr(2).starts_with(kMagic);
}

/// Cuts the numbers of the listed storages off the rest of the file.
std::map<std::string, Bytes> cut_storages(Bytes rest, const Record& keys, const std::map<std::string, Storage>& known,
                                          const std::string& name) {
  if (keys.kind != Kind::list) throw Error(name + ": its list of storages is " + describe(keys));
  std::map<std::string, Bytes> storages;
  for (const Record* key : keys.items) {
    const auto found = key->kind == Kind::text ? known.find(std::string(key->text)) : known.end();
    if (found == known.end()) throw Error(name + " lists " + describe(*key) + " as a storage, which no tensor uses");
    const Storage& storage = found->second;
    if (storage.dtype.empty()) throw Error(name + ": storage '" + storage.key + "' is of a type that cannot be converted");
    int64_t count = 0;
    if (rest.size() < sizeof count) throw Error(name + " ends before storage '" + storage.key + "'");
    std::memcpy(&count, rest.data(), sizeof count);
    rest = rest.subspan(sizeof count);
    const uint64_t width = static_cast<uint64_t>(dtype_bits(storage.dtype)) / 8;
    if (count < 0 || static_cast<uint64_t>(count) > rest.size() / width)
      throw Error(name + ": storage '" + storage.key + "' claims " + std::to_string(count) + " elements, the file has " +
                  std::to_string(rest.size()) + " bytes left");
    storages[storage.key] = rest.first(static_cast<uint64_t>(count) * width);
    rest = rest.subspan(static_cast<uint64_t>(count) * width);
  }
  return storages;
}

Contents read_legacy(Bytes file, const std::string& name, Arena& arena, Rebuild& rebuild) {
  Contents contents{.container = "legacy"};
  size_t length = 0;
  const auto next = [&](const char* what) {
    Record* value = read_pickle(file, name + ", its " + what, arena, rebuild, length);
    file = file.subspan(length);
    return value;
  };
  next("magic number");
  const Record* version = next("version");
  if (version->kind != Kind::integer || version->integer != 1001)
    throw Error(name + " is of version " + describe(*version) + ", expected 1001");
  const Record* little = find(*next("system"), "little_endian");
  if (!little || little->integer != 1) throw Error(name + " holds big-endian numbers");
  contents.value = next("value");
  const Record* keys = next("list of storages");
  contents.storages = cut_storages(file, *keys, rebuild.storages(), name);
  return contents;
}

// --- both ----------------------------------------------------------------------------------------------------

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
  Bytes bytes;
  if (contents.container == "zip") {
    const std::string member = contents.root + "data/" + storage.key;
    const auto found = contents.members.find(member);
    if (found == contents.members.end()) throw Error(name + " lacks its member '" + member + "'");
    require_intact(found->second, name + ", " + member);
    bytes = found->second.bytes;
  } else {
    const auto found = contents.storages.find(storage.key);
    if (found == contents.storages.end()) throw Error(name + " lacks its storage '" + storage.key + "'");
    bytes = found->second;
  }
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

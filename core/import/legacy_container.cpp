#include <bgraph/core/import/container.h>
#include <bgraph/core/import/pickle.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>

#include <cstring>
#include <map>
#include <string_view>

namespace bgraph::import {

namespace {

using Kind = Record::Kind;

constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12);  // LONG1, 10 bytes

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

}  // namespace

bool is_legacy(Bytes file) {
  return file.size() > 2 + kMagic.size() && file[0] == std::byte{0x80} &&
         std::memcmp(file.data() + 2, kMagic.data(), kMagic.size()) == 0;
}

Contents read_legacy(Bytes file, const std::string& name, Arena& arena, Rebuild& rebuild) {
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
  Record* value = next("value");
  const Record* keys = next("list of storages");
  auto storages = cut_storages(file, *keys, rebuild.storages(), name);
  return {.container = "legacy", .value = value, .storage = [storages = std::move(storages), name](const std::string& key) {
            const auto found = storages.find(key);
            if (found == storages.end()) throw Error(name + " lacks its storage '" + key + "'");
            return found->second;
          }};
}

}  // namespace bgraph::import

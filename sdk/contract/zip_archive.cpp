#include <bgraph/sdk/contract/zip_archive.h>

#include <bgraph/sdk/contract/error.h>

#include <zlib.h>

#include <algorithm>
#include <optional>

namespace bgraph {

namespace {

using Bytes = std::span<const std::byte>;

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr uint32_t kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr uint16_t kZip64Field = 1;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(name + " is no sound zip archive: " + why, "fetch the file again");
}

/// Little-endian numbers at checked places.
class Reader {
 public:
  Reader(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  uint64_t number(uint64_t at, int width) const {
    const Bytes raw = piece(at, static_cast<uint64_t>(width));
    uint64_t value = 0;
    for (size_t i = raw.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(raw[i]);
    return value;
  }
  Bytes piece(uint64_t at, uint64_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at)
      refuse(name_, "it points to byte " + std::to_string(at) + " + " + std::to_string(count) + " of " +
                        std::to_string(bytes_.size()));
    return bytes_.subspan(at, count);
  }
  std::string text(uint64_t at, uint64_t count) const {
    const Bytes raw = piece(at, count);
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
  }
  uint64_t size() const { return bytes_.size(); }

 private:
  Bytes bytes_;
  const std::string& name_;
};

struct Directory {
  uint64_t at = 0, bytes = 0, count = 0;
};

/// The end record stands last, behind it a comment of at most 64 KiB.
Directory find_directory(const Reader& file, const std::string& name) {
  if (file.size() < kEndSize) refuse(name, "it is too short");
  const uint64_t first = file.size() - std::min<uint64_t>(file.size(), kEndSize + 0xffff);
  std::optional<uint64_t> end;
  for (uint64_t at = file.size() - kEndSize + 1; at-- > first && !end;)
    if (file.number(at, 4) == kEnd && at + kEndSize + file.number(at + 20, 2) == file.size()) end = at;
  if (!end) refuse(name, "it has no end record: it is truncated, or no zip archive");
  Directory directory{file.number(*end + 16, 4), file.number(*end + 12, 4), file.number(*end + 10, 2)};
  if (directory.at == 0xffffffff || directory.bytes == 0xffffffff || directory.count == 0xffff) {
    if (*end < kLocatorSize || file.number(*end - kLocatorSize, 4) != kLocator64)
      refuse(name, "its ZIP64 locator is missing");
    const uint64_t at = file.number(*end - kLocatorSize + 8, 8);
    file.piece(at, kEnd64Size);
    if (file.number(at, 4) != kEnd64) refuse(name, "its ZIP64 end record is missing");
    directory = {file.number(at + 48, 8), file.number(at + 40, 8), file.number(at + 32, 8)};
  }
  file.piece(directory.at, directory.bytes);
  if (directory.count > directory.bytes / kCentralSize)
    refuse(name, "it claims " + std::to_string(directory.count) + " members in a directory of " +
                     std::to_string(directory.bytes) + " bytes");
  return directory;
}

/// Takes from the ZIP64 field, in its fixed order, what the 32-bit fields could not hold.
void widen(const Reader& file, uint64_t at, uint64_t end, std::initializer_list<uint64_t*> fields,
           const std::string& name) {
  while (at + 4 <= end) {
    const uint64_t tag = file.number(at, 2), length = file.number(at + 2, 2);
    at += 4;
    if (tag == kZip64Field) {
      const uint64_t stop = std::min(end, at + length);
      for (uint64_t* field : fields) {
        if (*field != 0xffffffff) continue;
        if (at + 8 > stop) refuse(name, "a ZIP64 field is too short");
        *field = file.number(at, 8);
        at += 8;
      }
      return;
    }
    at += length;
  }
}

ZipMember member_at(const Reader& file, uint64_t at, uint64_t directory, const std::string& member,
                    const std::string& name) {
  if (file.number(at + 8, 2) & 1) refuse(name, "member '" + member + "' is encrypted");
  const uint64_t method = file.number(at + 10, 2);
  uint64_t stored = file.number(at + 20, 4), size = file.number(at + 24, 4), local = file.number(at + 42, 4);
  const uint64_t extra = at + kCentralSize + member.size();
  widen(file, extra, extra + file.number(at + 30, 2), {&size, &stored, &local}, name);
  if (method == 0 && stored != size) refuse(name, "member '" + member + "' is stored, but has two sizes");
  if (local > directory || directory - local < kLocalSize || file.number(local, 4) != kLocal)
    refuse(name, "member '" + member + "' has no local header where the directory says");
  if (file.number(local + 26, 2) != member.size() || file.text(local + kLocalSize, member.size()) != member)
    refuse(name, "member '" + member + "' has another name in its local header");
  const uint64_t begin = local + kLocalSize + member.size() + file.number(local + 28, 2);
  if (begin > directory || stored > directory - begin)
    refuse(name, "member '" + member + "' claims " + std::to_string(stored) + " bytes, more than there are");
  return {file.piece(begin, stored), size, static_cast<uint32_t>(file.number(at + 16, 4)), static_cast<uint16_t>(method)};
}

}  // namespace

bool is_zip(Bytes file) {
  return file.size() >= 4 && Reader(file, "").number(0, 4) == kLocal;
}

std::map<std::string, ZipMember> zip_members(Bytes bytes, const std::string& name) {
  const Reader file(bytes, name);
  const Directory directory = find_directory(file, name);
  std::map<std::string, ZipMember> members;
  uint64_t at = directory.at;
  for (uint64_t i = 0; i < directory.count; ++i) {
    if (file.number(at, 4) != kCentral) refuse(name, "entry " + std::to_string(i + 1) + " of its directory is damaged");
    const std::string member = file.text(at + kCentralSize, file.number(at + 28, 2));
    if (!members.emplace(member, member_at(file, at, directory.at, member, name)).second)
      refuse(name, "two members are called '" + member + "'");
    at += kCentralSize + member.size() + file.number(at + 30, 2) + file.number(at + 32, 2);
  }
  return members;
}

void require_intact(const ZipMember& member, const std::string& name) {
  if (member.method != 0) refuse(name, "it is compressed; what is mapped must be stored");
  uLong crc = ::crc32_z(0, nullptr, 0);
  crc = ::crc32_z(crc, reinterpret_cast<const Bytef*>(member.bytes.data()), member.bytes.size());
  if (crc != member.crc) refuse(name, "its checksum is not that of what was written");
}

}  // namespace bgraph

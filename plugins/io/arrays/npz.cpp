#include "npz.h"

#include <bgraph/sdk/data/wrong_file.h>
#include <zlib.h>

#include <cstring>

namespace bgraph::io {

namespace {

constexpr uint64_t kDeflateRatio = 1032;

/// Little-endian fields of a ZIP file, never beyond its end.
class Fields {
 public:
  Fields(const std::string& path, std::span<const std::byte> bytes) : path_(path), bytes_(bytes) {}

  template <class T>
  T get(uint64_t at, const char* item) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T))
      throw wrong_file(path_, item, "inside the " + std::to_string(bytes_.size()) + " bytes of the file", "at " + std::to_string(at),
                       "the file is not complete; fetch it again");
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));  // ZIP is little-endian, and so are we
    return value;
  }

 private:
  const std::string& path_;
  std::span<const std::byte> bytes_;
};

struct Directory {
  uint64_t begin = 0, count = 0;
};

/// Finds the central directory from the end record (which a comment of up to 64 KiB may follow).
Directory directory_of(const std::string& path, std::span<const std::byte> bytes, const Fields& fields) {
  constexpr uint64_t kEnd = 22;
  for (uint64_t back = kEnd; back <= bytes.size() && back <= kEnd + 65535; ++back) {
    const uint64_t at = bytes.size() - back;
    if (fields.get<uint32_t>(at, "end record") != 0x06054b50 || fields.get<uint16_t>(at + 20, "comment") != back - kEnd) continue;
    Directory found{fields.get<uint32_t>(at + 16, "directory"), fields.get<uint16_t>(at + 10, "directory")};
    if (at >= 20 && fields.get<uint32_t>(at - 20, "locator") == 0x07064b50) {
      const auto record = fields.get<uint64_t>(at - 12, "ZIP64 end record");
      if (fields.get<uint32_t>(record, "ZIP64 end record") != 0x06064b50)
        throw wrong_file(path, "ZIP64 end record", "there", "missing");
      found = {fields.get<uint64_t>(record + 48, "directory"), fields.get<uint64_t>(record + 32, "directory")};
    }
    return found;
  }
  throw wrong_file(path, "file", "a ZIP archive (.npz)", bytes.empty() ? "empty" : "without an end record",
                   "the file is not complete, or no .npz");
}

/// Replaces placeholders 0xFFFFFFFF by the 64-bit values of the extra field 0x0001, in their fixed order.
void read_zip64(const Fields& fields, uint64_t extra, uint64_t end, std::array<uint64_t*, 3> values) {
  while (extra + 4 <= end) {
    const auto tag = fields.get<uint16_t>(extra, "extra field"), length = fields.get<uint16_t>(extra + 2, "extra field");
    if (tag == 1) {
      uint64_t at = extra + 4;
      for (uint64_t* value : values)
        if (*value == 0xFFFFFFFF && at + 8 <= extra + 4 + length) *value = fields.get<uint64_t>(at, "ZIP64 field"), at += 8;
      return;
    }
    extra += 4 + length;
  }
}

std::vector<std::byte> inflate_exactly(std::span<const std::byte> packed, uint64_t size, const std::string& name) {
  std::vector<std::byte> out(size);
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error("zlib could not be started");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  uint64_t in_left = packed.size(), out_left = size;
  int state = Z_OK;
  while (state == Z_OK) {  // avail_in and avail_out are 32 bits wide
    stream.avail_in = static_cast<uInt>(std::min<uint64_t>(in_left, 1 << 30));
    stream.avail_out = static_cast<uInt>(std::min<uint64_t>(out_left, 1 << 30));
    const uInt gave = stream.avail_in, room = stream.avail_out;
    state = inflate(&stream, Z_NO_FLUSH);
    in_left -= gave - stream.avail_in, out_left -= room - stream.avail_out;
    if (state == Z_OK && gave == stream.avail_in && room == stream.avail_out) state = Z_BUF_ERROR;
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END || out_left != 0)
    throw wrong_file(name, "deflated array", std::to_string(size) + " bytes", "damaged or of another length", "fetch the file again");
  return out;
}

}  // namespace

Npz::Npz(const std::string& path) : path_(path), file_(std::make_shared<MappedFile>(path)) {
  const auto bytes = file_->bytes();
  const Fields fields(path_, bytes);
  auto [at, count] = directory_of(path_, bytes, fields);
  constexpr uint64_t kEntry = 46;
  if (count > bytes.size() / kEntry) throw wrong_file(path_, "number of members", "at most " + std::to_string(bytes.size() / kEntry), std::to_string(count));
  for (uint64_t i = 0; i < count; ++i) {
    if (fields.get<uint32_t>(at, "directory entry") != 0x02014b50)
      throw wrong_file(path_, "directory entry " + std::to_string(i), "there", "damaged");
    const uint64_t name_length = fields.get<uint16_t>(at + 28, "name"), extra_length = fields.get<uint16_t>(at + 30, "extra field");
    Member member{fields.get<uint32_t>(at + 20, "size"), fields.get<uint32_t>(at + 24, "size"), fields.get<uint32_t>(at + 42, "offset"),
                  fields.get<uint32_t>(at + 16, "CRC"), fields.get<uint16_t>(at + 10, "method")};
    if (fields.get<uint16_t>(at + 8, "flags") & 1) throw wrong_file(path_, "archive", "plain", "encrypted");
    const uint64_t end = at + kEntry + name_length + extra_length;
    if (end > bytes.size()) throw wrong_file(path_, "directory entry " + std::to_string(i), "inside the file", "beyond its end");
    read_zip64(fields, at + kEntry + name_length, end, {&member.size, &member.packed, &member.local});
    std::string name(reinterpret_cast<const char*>(bytes.data()) + at + kEntry, name_length);
    if (name.size() > 4 && name.ends_with(".npy")) name.resize(name.size() - 4);
    if (!members_.emplace(name, member).second) throw wrong_file(path_, "array '" + name + "'", "there once", "there twice");
    at = end + fields.get<uint16_t>(at + 32, "comment");
  }
}

std::vector<std::string> Npz::names() const {
  std::vector<std::string> names;
  for (const auto& [name, member] : members_) names.push_back(name);
  return names;
}

const Npz::Member& Npz::member(const std::string& name) const {
  const auto found = members_.find(name);
  if (found != members_.end()) return found->second;
  std::string all;
  for (const auto& other : names()) all += (all.empty() ? "'" : ", '") + other + "'";
  throw Error(printable(path_) + " has no array '" + name + "'; it holds " + (all.empty() ? "none" : printable(all)), did_you_mean(name, names()));
}

size_t Npz::data_of(const Member& member, const std::string& name) const {
  const auto bytes = file_->bytes();
  const Fields fields(path_, bytes);
  if (fields.get<uint32_t>(member.local, "local header") != 0x04034b50)
    throw wrong_file(label(name), "local header", "there", "damaged");
  const uint64_t begin = member.local + 30 + fields.get<uint16_t>(member.local + 26, "name") + fields.get<uint16_t>(member.local + 28, "extra field");
  if (begin > bytes.size() || member.packed > bytes.size() - begin)
    throw wrong_file(label(name), "array", std::to_string(member.packed) + " bytes from " + std::to_string(begin),
                     "cut off at " + std::to_string(bytes.size()), "the file is not complete; fetch it again");
  return begin;
}

at::Tensor Npz::array(const std::string& name) const {
  const Member& entry = member(name);
  const size_t begin = data_of(entry, name);
  if (entry.method != 0 && entry.method != 8)
    throw wrong_file(label(name), "compression method", "stored or deflated", "number " + std::to_string(entry.method));
  std::vector<std::byte> inflated;
  std::span<const std::byte> content = file_->bytes().subspan(begin, entry.packed);
  if (entry.method == 8) {
    if (entry.size / kDeflateRatio > entry.packed)
      throw wrong_file(label(name), "size", "at most " + std::to_string(kDeflateRatio) + " times its " + std::to_string(entry.packed) + " bytes", std::to_string(entry.size));
    inflated = inflate_exactly(content, entry.size, label(name));
    content = inflated;
    if (crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()) != entry.crc)
      throw wrong_file(label(name), "CRC-32", "that of the directory", "another", "the file is damaged; fetch it again");
  }
  const NpyHeader header = npy_header(content, label(name));
  if (content.size() - header.data != header.data_bytes())
    throw wrong_file(label(name), "array " + shape_text(header.shape), std::to_string(header.data_bytes()) + " bytes", std::to_string(content.size() - header.data) + " bytes long");
  std::vector<int64_t> shape = header.shape, axes(shape.size());
  if (header.columns_first) std::reverse(shape.begin(), shape.end());
  const at::Tensor stored = entry.method == 0 ? mapped_numbers(file_, begin + header.data, shape, header.code)
                                              : decoded(content.subspan(header.data), shape, header.code);
  if (!header.columns_first) return stored;
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(axes.size() - 1 - i);
  return stored.permute(axes).contiguous();
}

ArrayRef Npz::reference(const std::string& name) const {
  const Member& entry = member(name);
  if (entry.method != 0)
    throw wrong_file(label(name), "array", "stored, so that rows can be read from where they are", "deflated", "save it with numpy.savez");
  const size_t begin = data_of(entry, name);
  const NpyHeader header = npy_header(file_->bytes().subspan(begin, entry.packed), label(name));
  if (header.columns_first || entry.packed - header.data != header.data_bytes())
    throw wrong_file(label(name), "array", "rows first and complete", header.columns_first ? "columns first" : "of another length");
  return {.path = path_, .offset = static_cast<int64_t>(begin + header.data), .code = header.code, .shape = header.shape};
}

}  // namespace bgraph::io

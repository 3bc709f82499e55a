#include "npz.h"

#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <zlib.h>

namespace bgraph::io {

namespace {

constexpr uint64_t kDeflateRatio = 1032;
constexpr uint16_t kStored = 0, kDeflated = 8;

std::vector<std::byte> inflated(const ZipMember& member, const std::string& name) {
  const auto packed = member.bytes;
  const uint64_t size = member.size;
  if (size / kDeflateRatio > packed.size())
    throw wrong_file(name, "size", "at most " + std::to_string(kDeflateRatio) + " times its " + std::to_string(packed.size()) + " bytes", std::to_string(size));
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
  if (crc32_z(0, reinterpret_cast<const Bytef*>(out.data()), out.size()) != member.crc)
    throw wrong_file(name, "CRC-32", "that of the directory", "another", "the file is damaged; fetch it again");
  return out;
}

}  // namespace

Npz::Npz(const std::string& path) : path_(path), file_(std::make_shared<MappedFile>(path)) {
  for (const auto& [member, content] : zip_members(file_->bytes(), path_)) {
    const std::string name = member.size() > 4 && member.ends_with(".npy") ? member.substr(0, member.size() - 4) : member;
    if (!members_.emplace(name, content).second) throw wrong_file(path_, "array '" + name + "'", "there once", "there twice");
  }
}

std::vector<std::string> Npz::names() const {
  std::vector<std::string> names;
  for (const auto& [name, member] : members_) names.push_back(name);
  return names;
}

const ZipMember& Npz::member(const std::string& name) const {
  const auto found = members_.find(name);
  if (found != members_.end()) return found->second;
  std::string all;
  for (const auto& other : names()) all += (all.empty() ? "'" : ", '") + other + "'";
  throw Error(printable(path_) + " has no array '" + name + "'; it holds " + (all.empty() ? "none" : printable(all)), did_you_mean(name, names()));
}

at::Tensor Npz::array(const std::string& name) const {
  const ZipMember& entry = member(name);
  if (entry.method != kStored && entry.method != kDeflated)
    throw wrong_file(label(name), "compression method", "stored or deflated", "number " + std::to_string(entry.method));
  std::vector<std::byte> unpacked;
  if (entry.method == kDeflated) unpacked = inflated(entry, label(name));
  const std::span<const std::byte> content = entry.method == kDeflated ? std::span<const std::byte>(unpacked) : entry.bytes;
  const NpyHeader header = npy_header(content, label(name));
  if (content.size() - header.data != header.data_bytes())
    throw wrong_file(label(name), "array " + shape_text(header.shape), std::to_string(header.data_bytes()) + " bytes", std::to_string(content.size() - header.data) + " bytes long");
  std::vector<int64_t> shape = header.shape, axes(shape.size());
  if (header.columns_first) std::reverse(shape.begin(), shape.end());
  const at::Tensor stored = entry.method == kStored ? mapped_numbers(file_, begin_of(entry) + header.data, shape, header.code)
                                                    : decoded(content.subspan(header.data), shape, header.code);
  if (!header.columns_first) return stored;
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(axes.size() - 1 - i);
  return stored.permute(axes).contiguous();
}

ArrayRef Npz::reference(const std::string& name) const {
  const ZipMember& entry = member(name);
  if (entry.method != kStored)
    throw wrong_file(label(name), "array", "stored, so that rows can be read from where they are", "deflated", "save it with numpy.savez");
  const NpyHeader header = npy_header(entry.bytes, label(name));
  if (header.columns_first || entry.bytes.size() - header.data != header.data_bytes())
    throw wrong_file(label(name), "array", "rows first and complete", header.columns_first ? "columns first" : "of another length");
  return {.path = path_, .offset = static_cast<int64_t>(begin_of(entry) + header.data), .code = header.code, .shape = header.shape};
}

}  // namespace bgraph::io

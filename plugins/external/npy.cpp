#include "npy.h"

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <regex>

namespace bgraph::external {

namespace {

constexpr char kMagic[] = "\x93NUMPY";
constexpr size_t kMagicSize = 6, kAlignment = 64;

struct Kind {
  const char* descr;
  at::ScalarType type;
};
constexpr Kind kKinds[] = {{"<f4", at::kFloat}, {"<f8", at::kDouble}, {"<i8", at::kLong}, {"<i4", at::kInt},
                           {"<i2", at::kShort}, {"|i1", at::kChar},   {"|u1", at::kByte}, {"|b1", at::kBool},
                           {"<f2", at::kHalf}};

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& reason) {
  throw Error(file.filename().string() + ": " + reason, "write it with numpy.save of an array of numbers");
}

struct Header {
  std::string descr;
  bool fortran = false;
  std::vector<int64_t> shape;
};

Header parse(const std::string& text, const std::filesystem::path& file) {
  static const std::regex kForm(
      R"(\s*\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([0-9, ]*)\),?\s*\}\s*)");
  std::smatch parts;
  if (!std::regex_match(text, parts, kForm)) refuse(file, "a header that is no array of plain numbers");
  Header header{parts[1], parts[2] == "True", {}};
  const std::string sizes = parts[3];
  static const std::regex kNumber("[0-9]{1,15}");
  for (auto it = std::sregex_iterator(sizes.begin(), sizes.end(), kNumber); it != std::sregex_iterator(); ++it)
    header.shape.push_back(std::stoll(it->str()));
  return header;
}

size_t header_size(const std::string& bytes, size_t& begin, const std::filesystem::path& file) {
  if (bytes.size() < kMagicSize + 4 || bytes.compare(0, kMagicSize, kMagic) != 0) refuse(file, "no .npy file");
  const int version = bytes[kMagicSize];
  const size_t length_bytes = version == 1 ? 2 : 4;
  begin = kMagicSize + 2 + length_bytes;
  if (version < 1 || version > 3 || bytes.size() < begin) refuse(file, "an .npy file of an unknown version");
  size_t size = 0;
  for (size_t i = 0; i < length_bytes; ++i)
    size |= static_cast<size_t>(static_cast<unsigned char>(bytes[kMagicSize + 2 + i])) << (8 * i);
  if (size > bytes.size() - begin) refuse(file, "truncated within its header");
  return size;
}

}  // namespace

void write_npy(const std::filesystem::path& file, const at::Tensor& tensor) {
  at::Tensor whole = tensor.contiguous();
  if (whole.scalar_type() == at::kHalf || whole.scalar_type() == at::kBFloat16) whole = whole.to(at::kFloat);
  std::string descr;
  for (const auto& kind : kKinds)
    if (kind.type == whole.scalar_type()) descr = kind.descr;
  if (descr.empty()) throw Error("an array of " + std::string(c10::toString(whole.scalar_type())) + " has no .npy form");
  std::string shape;
  for (const int64_t size : whole.sizes()) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  if (whole.dim() == 1) shape += ",";  // Python's way to write a tuple of one
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  const size_t begin = kMagicSize + 4;
  header.append(kAlignment - (begin + header.size() + 1) % kAlignment, ' ') += '\n';
  std::ofstream out(file, std::ios::binary);
  const char version_and_length[] = {1, 0, static_cast<char>(header.size() & 0xff),
                                     static_cast<char>(header.size() >> 8)};
  out.write(kMagic, kMagicSize).write(version_and_length, 4) << header;
  out.write(static_cast<const char*>(whole.data_ptr()), static_cast<std::streamsize>(whole.nbytes()));
  if (!out.flush()) throw Error("cannot write " + file.string());
}

at::Tensor read_npy(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error("cannot read " + file.string());
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  size_t begin = 0;
  const size_t size = header_size(bytes, begin, file);
  Header header = parse(bytes.substr(begin, size), file);
  const Kind* kind = nullptr;
  for (const auto& known : kKinds)
    if (header.descr == known.descr) kind = &known;
  if (!kind) refuse(file, "numbers of kind '" + header.descr + "' are not read");
  if (header.fortran) std::reverse(header.shape.begin(), header.shape.end());
  const size_t data = bytes.size() - begin - size, width = c10::elementSize(kind->type);
  size_t elements = 1;
  for (const int64_t length : header.shape) {
    if (length > 0 && elements > data / static_cast<size_t>(length)) refuse(file, "fewer bytes than its shape needs");
    elements *= static_cast<size_t>(length);
  }
  if (elements * width != data)
    refuse(file, std::to_string(data) + " bytes of data, its shape needs " + std::to_string(elements * width));
  at::Tensor tensor = at::empty(header.shape, kind->type);
  std::memcpy(tensor.data_ptr(), bytes.data() + begin + size, data);
  if (!header.fortran) return tensor;
  std::vector<int64_t> axes;
  for (int64_t axis = tensor.dim() - 1; axis >= 0; --axis) axes.push_back(axis);
  return tensor.permute(axes).contiguous();
}

}  // namespace bgraph::external

#include <bgraph/sdk/data/npy.h>

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>
#include <optional>

namespace bgraph {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr uint64_t kLongestHeader = 65536;  // NumPy's own reader stops at 10000 unless told otherwise
constexpr size_t kMostDims = 64;

struct Dtype {
  const char* code;  // without its byte order
  at::ScalarType type;
};
constexpr std::array<Dtype, 9> kDtypes = {{{"f2", at::kHalf}, {"f4", at::kFloat}, {"f8", at::kDouble}, {"i1", at::kChar},
                                          {"i2", at::kShort}, {"i4", at::kInt}, {"i8", at::kLong}, {"u1", at::kByte},
                                          {"b1", at::kBool}}};

[[noreturn]] void refuse(const std::string& name, const std::string& why, const std::string& fix = {}) {
  throw Error(name + " is no .npy array that can be read: " + why, fix);
}

/// The dictionary of the header, by its grammar: three known keys, each once, in any order.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader read() {
    NpyHeader header;
    std::vector<std::string> keys;
    expect('{');
    while (!accept('}')) {
      keys.push_back(quoted());
      expect(':');
      if (keys.back() == "descr") header.descr = descr();
      else if (keys.back() == "fortran_order") header.fortran_order = truth();
      else if (keys.back() == "shape") header.shape = tuple();
      else refuse(name_, "its header has the unknown key '" + keys.back().substr(0, 40) + "'");
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    std::sort(keys.begin(), keys.end());
    if (keys != std::vector<std::string>{"descr", "fortran_order", "shape"})
      refuse(name_, "its header does not have descr, fortran_order and shape once each");
    skip_space();
    if (at_ != text_.size()) refuse(name_, "something follows its header");
    return header;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool accept(char letter) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  void expect(char letter) {
    if (!accept(letter)) refuse(name_, std::string("its header lacks '") + letter + "' at letter " + std::to_string(at_));
  }
  std::string quoted() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    const size_t end = quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) refuse(name_, "its header lacks a text at letter " + std::to_string(at_));
    const std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }
  std::string descr() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '[') refuse(name_, "it holds records", "save each column as an array of its own");
    return quoted();
  }
  bool truth() {
    skip_space();
    for (const std::string_view word : {"True", "False"})
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return word == "True";
      }
    refuse(name_, "fortran_order is neither True nor False");
  }
  std::vector<int64_t> tuple() {
    std::vector<int64_t> sizes;
    expect('(');
    while (!accept(')')) {
      sizes.push_back(size());
      if (sizes.size() > kMostDims) refuse(name_, "it has more than 64 dimensions");
      accept('L');  // Python 2's long integers
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }
  int64_t size() {
    skip_space();
    int64_t value = 0;
    const size_t begin = at_;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])); ++at_)
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text_[at_] - '0', &value))
        refuse(name_, "a size in its shape is beyond 64 bits");
    if (at_ == begin) refuse(name_, "its shape lacks a size at letter " + std::to_string(at_));
    return value;
  }

  std::string_view text_;
  const std::string& name_;
  size_t at_ = 0;
};

std::optional<at::ScalarType> scalar_type(const std::string& descr) {
  if (descr.size() != 3 || (descr[0] != '<' && descr[0] != '|')) return std::nullopt;
  for (const auto& [code, type] : kDtypes)
    if (descr.substr(1) == code) return type;
  return std::nullopt;
}

at::ScalarType require_type(const std::string& descr, const std::string& name) {
  if (const auto type = scalar_type(descr)) return *type;
  if (descr.find('O') != std::string::npos)
    refuse(name, "it holds Python objects, which are a program (a pickle)", "save numbers: array.astype(float)");
  if (descr.starts_with('>')) refuse(name, "its numbers are big-endian", "save it with .astype('<f4') or its like");
  refuse(name, "its dtype is '" + descr.substr(0, 40) + "', expected booleans, integers or real numbers");
}

std::string bytes_in(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error("cannot read " + file.string() + ": " + std::strerror(errno));
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string header_text(const at::Tensor& tensor) {
  std::string descr;
  for (const auto& [code, type] : kDtypes)
    if (type == tensor.scalar_type()) descr = (tensor.element_size() == 1 ? "|" : "<") + std::string(code);
  if (descr.empty()) throw Error(std::string("numbers of type ") + c10::toString(tensor.scalar_type()) + " have no .npy form");
  std::string shape;
  for (const int64_t size : tensor.sizes()) shape += std::to_string(size) + ", ";
  if (tensor.dim() > 1) shape.resize(shape.size() - 2);
  else if (tensor.dim() == 1) shape.resize(shape.size() - 1);  // a tuple of one keeps its comma
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(63 - (kMagic.size() + 4 + header.size()) % 64, ' ');
  return header + "\n";
}

}  // namespace

NpyHeader parse_npy(std::span<const std::byte> file, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kMagic) || text.size() < kMagic.size() + 4) refuse(name, "it does not begin with \\x93NUMPY");
  const int version = static_cast<unsigned char>(text[kMagic.size()]);
  if (version < 1 || version > 3) refuse(name, "its version is " + std::to_string(version) + ", known are 1 to 3");
  const size_t width = version == 1 ? 2 : 4, begin = kMagic.size() + 2 + width;
  if (text.size() < begin) refuse(name, "it ends inside its header");
  uint64_t length = 0;
  for (size_t i = width; i-- > 0;) length = length << 8 | static_cast<unsigned char>(text[kMagic.size() + 2 + i]);
  if (length > kLongestHeader || length > text.size() - begin)
    refuse(name, "it claims a header of " + std::to_string(length) + " bytes");
  NpyHeader header = HeaderReader(text.substr(begin, length), name).read();
  header.data = begin + length;
  uint64_t bytes = c10::elementSize(require_type(header.descr, name));
  for (const int64_t size : header.shape)
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes)) refuse(name, "its shape overflows");
  if (bytes != text.size() - header.data)
    refuse(name, "it has " + std::to_string(text.size() - header.data) + " bytes of data, its shape needs " + std::to_string(bytes));
  return header;
}

at::Tensor read_npy(const std::filesystem::path& file) {
  const std::string bytes = bytes_in(file);
  const NpyHeader header = parse_npy(std::as_bytes(std::span(bytes)), file.string());
  std::vector<int64_t> shape = header.shape;
  if (header.fortran_order) std::reverse(shape.begin(), shape.end());
  at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(require_type(header.descr, file.string())));
  if (tensor.numel() > 0) std::memcpy(tensor.data_ptr(), bytes.data() + header.data, bytes.size() - header.data);
  if (!header.fortran_order || tensor.dim() < 2) return tensor;
  std::vector<int64_t> axes(shape.size());
  std::iota(axes.rbegin(), axes.rend(), 0);
  return tensor.permute(axes).contiguous();
}

void write_npy(const std::filesystem::path& file, const at::Tensor& tensor) {
  at::Tensor numbers = tensor.detach().cpu().contiguous();
  if (numbers.scalar_type() == at::kBFloat16) numbers = numbers.to(at::kFloat);
  const std::string header = header_text(numbers);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << kMagic << '\1' << '\0' << static_cast<char>(header.size() & 255) << static_cast<char>(header.size() >> 8) << header;
  out.write(static_cast<const char*>(numbers.data_ptr()), static_cast<std::streamsize>(numbers.nbytes()));
  out.close();
  if (!out) throw Error("cannot write " + file.string() + ": " + std::strerror(errno));
}

}  // namespace bgraph

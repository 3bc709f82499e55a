#include <bgraph/sdk/data/npy.h>

#include <bgraph/sdk/data/wrong_file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace bgraph {

namespace {

constexpr size_t kLongestHeader = 65536;  // NumPy itself stops at 10000 unless asked
constexpr size_t kPreamble = 10;          // magic, version 1 and the header's length

/// Reads the dictionary letter by letter.
class HeaderText {
 public:
  HeaderText(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader parse() {
    NpyHeader header;
    bool code = false, order = false, shape = false;
    expect('{');
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !code) header.code = element_type(), code = true;
      else if (key == "fortran_order" && !order) header.columns_first = truth(), order = true;
      else if (key == "shape" && !shape) header.shape = tuple(), shape = true;
      else throw wrong("the keys 'descr', 'fortran_order' and 'shape', once each", "with key '" + key + "'");
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (!code || !order || !shape) throw wrong("complete", "without 'descr', 'fortran_order' or 'shape'");
    if (skip_space(); at_ != text_.size()) throw wrong("closed after '}'", "followed by '" + std::string(text_.substr(at_, 20)) + "'");
    return header;
  }

 private:
  Error wrong(const std::string& expected, const std::string& found, std::string fix = {}) const {
    return wrong_file(name_, "array header", expected, found, std::move(fix));
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool take(char letter) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != letter) return false;
    return ++at_, true;
  }
  void expect(char letter) {
    if (!take(letter)) throw wrong(std::string("with '") + letter + "' at letter " + std::to_string(at_), "without");
  }
  std::string quoted() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') throw wrong("a quoted word at letter " + std::to_string(at_), "something else");
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) throw wrong("with every word closed", "with an open quote");
    const std::string word(text_.substr(at_ + 1, end - at_ - 1));
    return at_ = end + 1, word;
  }
  NumberCode element_type() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '[')
      throw wrong_file(name_, "element type", "a plain number", "a record", "save the columns as arrays of their own");
    const std::string descr = quoted();
    if (descr.find('O') != std::string::npos)
      throw wrong_file(name_, "element type", "a number", "Python objects (a pickle, which is a program)",
                       "it is never opened; save the content as numbers, or as JSON beside the file");
    if (descr.find_first_of("SUVcmM") != std::string::npos)
      throw wrong_file(name_, "element type", "a real number", "'" + descr + "' (text, time, complex or raw bytes)");
    return number_code(descr);
  }
  bool truth() {
    skip_space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (text_.substr(at_, word.size()) == word) return at_ += word.size(), value;
    throw wrong("True or False for fortran_order", "something else");
  }
  std::vector<int64_t> tuple() {
    std::vector<int64_t> sizes;
    expect('(');
    while (!take(')')) {
      skip_space();
      const size_t begin = at_;
      int64_t size = 0;
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
        if (size > (int64_t{1} << 56)) throw wrong("sizes below 2^56", "larger");
        size = size * 10 + (text_[at_] - '0');
      }
      if (at_ == begin || sizes.size() == 32) throw wrong("a shape of at most 32 sizes", "something else");
      take('L');  // Python 2 wrote long integers so
      sizes.push_back(size);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }

  std::string_view text_;
  const std::string& name_;
  size_t at_ = 0;
};

uint32_t little(std::span<const std::byte> bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) value |= static_cast<uint32_t>(bytes[at + i]) << (8 * i);
  return value;
}

// NumPy's names of the types that are written, without byte order.
constexpr std::array<std::pair<const char*, at::ScalarType>, 9> kWritten = {
    {{"f2", at::kHalf}, {"f4", at::kFloat}, {"f8", at::kDouble}, {"i1", at::kChar}, {"i2", at::kShort},
     {"i4", at::kInt}, {"i8", at::kLong}, {"u1", at::kByte}, {"b1", at::kBool}}};

std::string header_text(const at::Tensor& tensor) {
  std::string descr;
  for (const auto& [code, type] : kWritten)
    if (type == tensor.scalar_type()) descr = (tensor.element_size() == 1 ? "|" : "<") + std::string(code);
  if (descr.empty()) throw Error(std::string("numbers of type ") + c10::toString(tensor.scalar_type()) + " have no .npy form");
  std::string shape;
  for (const int64_t size : tensor.sizes()) shape += std::to_string(size) + ", ";
  if (tensor.dim() > 1) shape.resize(shape.size() - 2);
  else if (tensor.dim() == 1) shape.resize(shape.size() - 1);  // a tuple of one keeps its comma
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(63 - (kPreamble + header.size()) % 64, ' ');
  return header + "\n";
}

}  // namespace

size_t NpyHeader::data_bytes() const {
  size_t bytes = static_cast<size_t>(code.bytes);
  for (const int64_t size : shape) bytes *= static_cast<size_t>(size);
  return bytes;
}

NpyHeader npy_header(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() < 10 || std::memcmp(bytes.data(), "\x93NUMPY", 6) != 0)
    throw wrong_file(name, "file", "a NumPy array", bytes.size() < 10 ? "too short" : "something else");
  const auto version = static_cast<int>(bytes[6]);
  if (version < 1 || version > 3) throw wrong_file(name, "format version", "1, 2 or 3", std::to_string(version));
  const size_t width = version == 1 ? 2 : 4, begin = 8 + width;
  if (bytes.size() < begin) throw wrong_file(name, "file", "a NumPy array", "too short");
  const size_t length = little(bytes, 8, width);
  if (length > kLongestHeader || length > bytes.size() - begin)
    throw wrong_file(name, "header length", "at most " + std::to_string(std::min(kLongestHeader, bytes.size() - begin)), std::to_string(length));
  NpyHeader header = HeaderText({reinterpret_cast<const char*>(bytes.data()) + begin, length}, name).parse();
  element_count(header.shape, name, "array");
  header.data = begin + length;
  return header;
}

NpyHeader whole_npy_header(std::span<const std::byte> file, const std::string& name) {
  const NpyHeader header = npy_header(file, name);
  if (file.size() - header.data != header.data_bytes())
    throw wrong_file(name, "array " + shape_text(header.shape) + " of " + header.code.text(),
                     std::to_string(header.data_bytes()) + " bytes", std::to_string(file.size() - header.data) + " bytes long",
                     "the file is not complete; fetch it again");
  return header;
}

at::Tensor read_npy(const std::string& path) {
  const auto file = std::make_shared<MappedFile>(path);
  const NpyHeader header = whole_npy_header(file->bytes(), path);
  if (!header.columns_first) return mapped_numbers(file, header.data, header.shape, header.code);
  std::vector<int64_t> reversed(header.shape.rbegin(), header.shape.rend()), axes(header.shape.size());
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(axes.size() - 1 - i);
  return mapped_numbers(file, header.data, reversed, header.code).permute(axes).contiguous();
}

ArrayRef npy_reference(const std::string& path) {
  const NpyHeader header = whole_npy_header(MappedFile(path).bytes(), path);
  if (header.columns_first && header.shape.size() > 1)
    throw wrong_file(path, "order of the numbers", "rows first", "columns first (fortran_order)", "save it with numpy.ascontiguousarray");
  return {.path = path, .offset = static_cast<int64_t>(header.data), .code = header.code, .shape = header.shape};
}

void write_npy(const std::filesystem::path& file, const at::Tensor& tensor) {
  at::Tensor numbers = tensor.detach().cpu().contiguous();
  if (numbers.scalar_type() == at::kBFloat16) numbers = numbers.to(at::kFloat);
  const std::string header = header_text(numbers);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << "\x93NUMPY" << '\1' << '\0' << static_cast<char>(header.size() & 255) << static_cast<char>(header.size() >> 8) << header;
  out.write(static_cast<const char*>(numbers.data_ptr()), static_cast<std::streamsize>(numbers.nbytes()));
  out.close();
  if (!out) throw Error("cannot write " + file.string() + ": " + std::strerror(errno));
}

}  // namespace bgraph

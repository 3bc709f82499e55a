#include <bgraph/sdk/contract/mapped_file.h>
#include "gifti.h"

#include "file_stream.h"
#include "xml.h"

#include <zlib.h>

#include <charconv>
#include <filesystem>
#include <sstream>

namespace bgraph::io {

namespace {

namespace fs = std::filesystem;

std::vector<std::byte> from_base64(std::string_view text, const std::string& path) {
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  int held = 0;
  for (const char letter : text) {
    int value = -1;
    if (letter >= 'A' && letter <= 'Z') value = letter - 'A';
    else if (letter >= 'a' && letter <= 'z') value = letter - 'a' + 26;
    else if (letter >= '0' && letter <= '9') value = letter - '0' + 52;
    else if (letter == '+') value = 62;
    else if (letter == '/') value = 63;
    else if (letter == '=' || letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t') continue;
    if (value < 0) throw wrong_file(path, "Data", "base64", std::string("with '") + letter + "'");
    bits = bits << 6 | static_cast<uint32_t>(value), held += 6;
    if (held >= 8) held -= 8, bytes.push_back(static_cast<std::byte>(bits >> held & 0xFF));
  }
  return bytes;
}

/// zlib or gzip stream of exactly `size` bytes.
std::vector<std::byte> inflated(const std::vector<std::byte>& packed, uint64_t size, const std::string& path) {
  constexpr uint64_t kDeflateRatio = 1032;
  if (size / kDeflateRatio > packed.size()) throw wrong_file(path, "Data", std::to_string(size) + " bytes", "too short when packed");
  std::vector<std::byte> out(size + 1);  // one more shows that there is too much
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + 32) != Z_OK) throw Error("zlib could not be started");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int state = inflate(&stream, Z_FINISH);
  const uint64_t made = stream.total_out;
  inflateEnd(&stream);
  if (state != Z_STREAM_END || made != size)
    throw wrong_file(path, "Data", std::to_string(size) + " bytes", state == Z_STREAM_END ? std::to_string(made) + " bytes" : "damaged");
  out.resize(size);
  return out;
}

/// Bytes of a file beside this one, from an offset.
std::vector<std::byte> external(const XmlElement& array, uint64_t size, const std::string& path) {
  const std::string name = array.attribute("ExternalFileName");
  if (name.empty() || fs::path(name).has_parent_path() || name == "..")
    throw wrong_file(path, "ExternalFileName", "a file beside this one", "'" + name + "'");
  const MappedFile file(fs::path(path).parent_path() / name);
  const int64_t offset = whole_number(array, "ExternalFileOffset", path);
  if (offset < 0 || static_cast<uint64_t>(offset) > file.bytes().size() || file.bytes().size() - static_cast<uint64_t>(offset) < size)
    throw wrong_file(path, "external data '" + name + "'", std::to_string(size) + " bytes from " + std::to_string(offset),
                     std::to_string(file.bytes().size()) + " bytes long");
  const auto begin = file.bytes().begin() + offset;
  return {begin, begin + static_cast<int64_t>(size)};
}

at::Tensor from_text(const std::string& text, const std::vector<int64_t>& shape, NumberCode code, const std::string& path) {
  const int64_t count = element_count(shape, path, "DataArray");
  if (count > static_cast<int64_t>(text.size())) throw wrong_file(path, "Data", std::to_string(count) + " numbers", "shorter");
  const at::Tensor values = at::empty({count}, at::kDouble);
  const char *at = text.data(), *end = at + text.size();
  for (int64_t i = 0; i < count; ++i) {
    while (at != end && (static_cast<unsigned char>(*at) <= ' ' || *at == '+')) ++at;
    const auto [next, problem] = std::from_chars(at, end, values.data_ptr<double>()[i]);
    if (problem != std::errc()) throw wrong_file(path, "Data", std::to_string(count) + " numbers", "no number at number " + std::to_string(i + 1));
    at = next;
  }
  return values.to(tensor_type(code)).reshape(shape);
}

/// Older writers spell attribute values as the C library names its constants.
bool is_one_of(const std::string& word, std::initializer_list<const char*> known) {
  return std::find(known.begin(), known.end(), word) != known.end();
}

at::Tensor array_of(const XmlElement& array, const std::string& path) {
  static const std::map<std::string, NumberCode> types = {{"NIFTI_TYPE_FLOAT32", {'f', 4}}, {"NIFTI_TYPE_INT32", {'i', 4}},
      {"NIFTI_TYPE_UINT8", {'u', 1}}, {"NIFTI_TYPE_FLOAT64", {'f', 8}}, {"NIFTI_TYPE_INT16", {'i', 2}}, {"NIFTI_TYPE_UINT32", {'u', 4}}};
  const auto type = types.find(array.attribute("DataType"));
  if (type == types.end()) throw wrong_file(path, "DataType", "NIFTI_TYPE_FLOAT32, _INT32 or _UINT8", "'" + array.attribute("DataType") + "'");
  NumberCode code = type->second;
  code.big_endian = is_one_of(array.attribute("Endian"), {"BigEndian", "GIFTI_ENDIAN_BIG"}) && code.bytes > 1;
  const int64_t rank = whole_number(array, "Dimensionality", path);
  if (rank < 1 || rank > 6) throw wrong_file(path, "Dimensionality", "1 to 6", std::to_string(rank));
  std::vector<int64_t> shape;
  for (int64_t d = 0; d < rank; ++d) shape.push_back(whole_number(array, "Dim" + std::to_string(d), path));
  const auto size = static_cast<uint64_t>(element_count(shape, path, "DataArray")) * static_cast<uint64_t>(code.bytes);
  const bool columns_first = is_one_of(array.attribute("ArrayIndexingOrder"), {"ColumnMajorOrder", "GIFTI_IND_ORD_COL_MAJOR"});
  std::vector<int64_t> stored = shape;
  if (columns_first) std::reverse(stored.begin(), stored.end());

  const XmlElement* data = array.first("Data");
  static const std::string kNone;
  const std::string& text = data ? data->text : kNone;
  const std::string encoding = array.attribute("Encoding");
  at::Tensor values;
  if (is_one_of(encoding, {"ASCII", "GIFTI_ENCODING_ASCII"})) {
    values = from_text(text, stored, code, path);
  } else {
    std::vector<std::byte> bytes;
    if (is_one_of(encoding, {"Base64Binary", "GIFTI_ENCODING_B64BIN"})) bytes = from_base64(text, path);
    else if (is_one_of(encoding, {"GZipBase64Binary", "GIFTI_ENCODING_B64GZ"})) bytes = inflated(from_base64(text, path), size, path);
    else if (is_one_of(encoding, {"ExternalFileBinary", "GIFTI_ENCODING_EXTBIN"})) bytes = external(array, size, path);
    else throw wrong_file(path, "Encoding", "ASCII, Base64Binary, GZipBase64Binary or ExternalFileBinary", "'" + encoding + "'");
    if (bytes.size() != size) throw wrong_file(path, "Data", std::to_string(size) + " bytes for " + shape_text(shape), std::to_string(bytes.size()) + " bytes");
    values = decoded(bytes, stored, code);
  }
  if (!columns_first) return values;
  std::vector<int64_t> axes(shape.size());
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(axes.size() - 1 - i);
  return values.permute(axes).contiguous();
}

}  // namespace

Gifti read_gifti(const std::string& path) {
  FileStream in(path);
  std::string text;  // .gii, or .gii.gz: read in pieces, since a gzip's length is not known
  for (std::array<char, 65536> piece; !in.at_end();) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(piece.size(), in.compressed() ? 1 : in.most_left()));
    in.read(piece.data(), count, "text");
    text.append(piece.data(), count);
  }
  const XmlElement root = parse_xml(text, path);
  if (root.name != "GIFTI") throw wrong_file(path, "root element", "GIFTI", root.name);
  Gifti gifti;
  if (const XmlElement* table = root.first("LabelTable"))
    for (const auto* label : table->all("Label"))
      gifti.labels[whole_number(*label, label->attribute("Key").empty() ? "Index" : "Key", path)] = label->text;
  for (const auto* array : root.all("DataArray")) gifti.arrays.push_back({array->attribute("Intent"), array_of(*array, path)});
  return gifti;
}

}  // namespace bgraph::io

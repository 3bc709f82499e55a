#include "npy_pictures.h"

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/empty.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <regex>
#include <string>
#include <vector>

namespace bgraph::io {

namespace {

constexpr size_t kLongestHeader = 65536;

std::string taken(std::ifstream& in, size_t count) {
  std::string bytes(count, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(count));
  if (static_cast<size_t>(in.gcount()) != count) throw Error("the file ends inside its header");
  return bytes;
}

/// The part of the header that the pattern catches.
std::string entry(const std::string& header, const char* key, const std::string& pattern) {
  std::smatch found;
  if (!std::regex_search(header, found, std::regex("['\"]" + std::string(key) + "['\"]\\s*:\\s*" + pattern)))
    throw Error(std::string("the header of the array has no readable '") + key + "'", "expected row-major uint8, float32 or float64");
  return found[1];
}

at::ScalarType type_of(const std::string& code) {
  if (code == "|u1") return at::kByte;
  if (code == "<f2") return at::kHalf;
  if (code == "<f4") return at::kFloat;
  if (code == "<f8") return at::kDouble;
  throw Error("numbers of type '" + code + "' are no pictures", "save them as uint8 or float32");
}

std::vector<int64_t> sizes_in(const std::string& text) {
  std::vector<int64_t> sizes;
  const std::regex number("[0-9]+");
  for (std::sregex_iterator it(text.begin(), text.end(), number), end; it != end; ++it) {
    if (it->length() > 12) throw Error("a size of " + it->str() + " is none that pictures have");
    sizes.push_back(std::stoll(it->str()));
  }
  return sizes;
}

}  // namespace

at::Tensor read_npy_pictures(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(file.string() + " cannot be read");
  const std::string start = taken(in, 8);
  if (start.substr(0, 6) != "\x93NUMPY") throw Error("it does not begin as a .npy file does");
  const size_t width = start[6] == 1 ? 2 : 4;
  const std::string length = taken(in, width);
  size_t bytes = 0;
  for (size_t i = width; i-- > 0;) bytes = bytes * 256 + static_cast<unsigned char>(length[i]);
  if (bytes > kLongestHeader) throw Error("its header claims " + std::to_string(bytes) + " bytes");
  const std::string header = taken(in, bytes);
  const at::ScalarType type = type_of(entry(header, "descr", "['\"]([^'\"]*)['\"]"));
  if (entry(header, "fortran_order", "(True|False)") == "True")
    throw Error("the array is stored columns first", "save numpy.ascontiguousarray of it");
  const auto sizes = sizes_in(entry(header, "shape", "\\(([0-9, ]*)\\)"));
  const auto there = static_cast<int64_t>(std::filesystem::file_size(file)) - static_cast<int64_t>(8 + width + bytes);
  int64_t expected = static_cast<int64_t>(c10::elementSize(type));
  for (const int64_t size : sizes) {
    if (size > 0 && expected > std::numeric_limits<int64_t>::max() / size) throw Error("the sizes in its header overflow");
    expected *= size;
  }
  if (there != expected)
    throw Error("its header promises " + std::to_string(expected) + " bytes of numbers, the file holds " + std::to_string(there));
  at::Tensor array = at::empty(sizes, at::TensorOptions().dtype(type));
  in.read(static_cast<char*>(array.data_ptr()), static_cast<std::streamsize>(expected));
  if (in.gcount() != expected) throw Error("the file ended while it was read");
  return array;
}

}  // namespace bgraph::io

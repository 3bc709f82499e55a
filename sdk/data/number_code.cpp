#include <bgraph/sdk/data/number_code.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/wrong_file.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/util/Half.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <map>

namespace bgraph {

namespace {

/// Calls `use` with a value of the C++ type of the code.
template <class Use>
void with_type(NumberCode code, Use use) {
  if (code.kind == 'f' && code.bytes == 2) return use(c10::Half{});
  if (code.kind == 'f' && code.bytes == 4) return use(float{});
  if (code.kind == 'f' && code.bytes == 8) return use(double{});
  if (code.kind == 'i' && code.bytes == 1) return use(int8_t{});
  if (code.kind == 'i' && code.bytes == 2) return use(int16_t{});
  if (code.kind == 'i' && code.bytes == 4) return use(int32_t{});
  if (code.kind == 'i' && code.bytes == 8) return use(int64_t{});
  if (code.kind == 'u' && code.bytes == 2) return use(uint16_t{});
  if (code.kind == 'u' && code.bytes == 4) return use(uint32_t{});
  if (code.kind == 'u' && code.bytes == 8) return use(uint64_t{});
  return use(uint8_t{});  // u1 and b1
}

template <class T>
T number_at(const std::byte* data, bool big_endian) {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), data, sizeof(T));
  if (big_endian) std::reverse(bytes.begin(), bytes.end());
  T value;
  std::memcpy(static_cast<void*>(&value), bytes.data(), sizeof(T));
  return value;
}

/// The machine reads them as they lie.
bool native(NumberCode code) {
  const bool widened = code.kind == 'u' && code.bytes > 1;
  return !widened && code.kind != 'b' && (!code.big_endian || code.bytes == 1);
}

template <class From, class To>
void decode_into(std::span<const std::byte> data, bool big_endian, To* out) {
  const size_t count = data.size() / sizeof(From);
  for (size_t i = 0; i < count; ++i) {
    const From value = number_at<From>(data.data() + i * sizeof(From), big_endian);
    if constexpr (std::is_same_v<From, uint64_t>)
      if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
        throw Error("a number of type u8 is " + std::to_string(value) + ", expected at most 2^63 - 1");
    out[i] = static_cast<To>(value);
  }
}

}  // namespace

std::string NumberCode::text() const {
  return std::string(1, bytes == 1 ? '|' : big_endian ? '>' : '<') + kind + std::to_string(bytes);
}

NumberCode number_code(std::string_view text) {
  static const std::map<char, std::string_view> widths = {{'f', "248"}, {'i', "1248"}, {'u', "1248"}, {'b', "1"}};
  const bool shaped = text.size() == 3 && std::string_view("<>|=").find(text[0]) != std::string_view::npos;
  const auto known = shaped ? widths.find(text[1]) : widths.end();
  if (known == widths.end() || known->second.find(text[2]) == std::string_view::npos)
    throw Error("numbers of type '" + printable(text) + "' cannot be read",
                "save the array as float16/32/64, an integer type or bool");
  return {text[1], text[2] - '0', text[0] == '>'};
}

at::ScalarType tensor_type(NumberCode code) {
  if (code.kind == 'f') return code.bytes == 2 ? at::kHalf : code.bytes == 4 ? at::kFloat : at::kDouble;
  if (code.kind == 'b') return at::kBool;
  if (code.kind == 'u') return code.bytes == 1 ? at::kByte : code.bytes == 2 ? at::kInt : at::kLong;
  return code.bytes == 1 ? at::kChar : code.bytes == 2 ? at::kShort : code.bytes == 4 ? at::kInt : at::kLong;
}

at::Tensor decoded(std::span<const std::byte> data, std::vector<int64_t> shape, NumberCode code) {
  const at::Tensor out = at::empty(shape, at::TensorOptions().dtype(tensor_type(code)));
  if (data.empty()) return out;
  if (native(code)) {
    std::memcpy(out.data_ptr(), data.data(), data.size());
  } else if (code.kind == 'b') {
    std::transform(data.begin(), data.end(), out.data_ptr<bool>(), [](std::byte value) { return value != std::byte{0}; });
  } else {
    with_type(code, [&](auto number) {
      using From = decltype(number);
      if constexpr (std::is_same_v<From, uint16_t>) decode_into<From>(data, code.big_endian, out.data_ptr<int32_t>());
      else if constexpr (std::is_same_v<From, uint32_t> || std::is_same_v<From, uint64_t>)
        decode_into<From>(data, code.big_endian, out.data_ptr<int64_t>());
      else decode_into<From>(data, code.big_endian, out.data_ptr<From>());
    });
  }
  return out;
}

at::Tensor mapped_numbers(const std::shared_ptr<MappedFile>& file, size_t offset, std::vector<int64_t> shape,
                          NumberCode code) {
  size_t bytes = static_cast<size_t>(code.bytes);
  for (const int64_t size : shape) bytes *= static_cast<size_t>(size);
  std::byte* const data = file->bytes().data() + offset;
  if (bytes == 0 || !native(code) || offset % static_cast<size_t>(code.bytes) != 0)
    return decoded({data, bytes}, std::move(shape), code);
  return at::from_blob(data, shape, [file](void*) {}, at::TensorOptions().dtype(tensor_type(code)));
}

void gather_floats(const std::byte* data, std::span<const int64_t> index, NumberCode code, double scale, float* out) {
  if (index.empty()) return;
  const bool side_by_side = std::adjacent_find(index.begin(), index.end(), [](int64_t a, int64_t b) { return b != a + 1; }) == index.end();
  if (side_by_side && native(code)) {  // no address to look up for each number
    const std::byte* begin = data + static_cast<size_t>(index.front()) * static_cast<size_t>(code.bytes);
    if (code == NumberCode{} && scale == 1.0) {
      std::memcpy(out, begin, index.size() * sizeof(float));
      return;
    }
    with_type(code, [&](auto number) {
      using From = decltype(number);
      for (size_t i = 0; i < index.size(); ++i) {
        From value;
        std::memcpy(&value, begin + i * sizeof(From), sizeof(From));
        out[i] = static_cast<float>(static_cast<double>(value) * scale);
      }
    });
    return;
  }
  with_type(code, [&](auto number) {
    using From = decltype(number);
    for (size_t i = 0; i < index.size(); ++i) {
      const From value = number_at<From>(data + static_cast<size_t>(index[i]) * sizeof(From), code.big_endian);
      out[i] = static_cast<float>(static_cast<double>(value) * scale);
    }
  });
}

}  // namespace bgraph

#include <bgraph/sdk/data/wrong_file.h>

namespace bgraph {

namespace {

/// Length of the UTF-8 sequence that starts at `at`, 0 if it is none.
size_t sequence_length(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = lead < 0x80 ? 1 : lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return 0;
  // Overlong forms and surrogates are no UTF-8 either.
  const auto second = length > 1 ? static_cast<unsigned char>(text[at + 1]) : 0;
  const bool wrong = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                     (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return wrong ? 0 : length;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = sequence_length(text, at);
    if (length == 0) out += '?';
    else out.append(text.substr(at, length));
    at += std::max<size_t>(length, 1);
  }
  return out;
}

Error wrong_file(const std::filesystem::path& file, std::string_view item, std::string_view expected,
                 std::string_view found, std::string fix) {
  std::string text = printable(file.string()) + ": " + printable(item) + " is " + printable(found);
  if (!expected.empty()) text += ", expected " + printable(expected);
  return Error(text, std::move(fix));
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

int64_t element_count(const std::vector<int64_t>& shape, const std::filesystem::path& file, std::string_view item) {
  constexpr int64_t kMost = int64_t{1} << 62;
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || (size > 0 && count > kMost / size))
      throw wrong_file(file, item, "sizes whose product can be stored", shape_text(shape));
    count *= size;
  }
  return count;
}

}  // namespace bgraph

#include <bgraph/core/report/markup.h>

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

namespace bgraph::report {

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char letter : text) switch (letter) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default: safe += letter;
    }
  return safe;
}

namespace {

std::string base64(std::string_view bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const auto byte = [&](size_t k) -> uint32_t { return at + k < bytes.size() ? static_cast<uint8_t>(bytes[at + k]) : 0u; };
    const uint32_t three = byte(0) << 16 | byte(1) << 8 | byte(2);
    text += kLetters[three >> 18];
    text += kLetters[three >> 12 & 63];
    text += at + 1 < bytes.size() ? kLetters[three >> 6 & 63] : '=';
    text += at + 2 < bytes.size() ? kLetters[three & 63] : '=';
  }
  return text;
}

}  // namespace

std::string data_uri(std::string_view file_name, std::string_view bytes) {
  const std::string_view ending = file_name.substr(file_name.rfind('.') + 1);
  const std::string_view type = ending == "svg" ? "svg+xml" : ending == "jpg" ? "jpeg" : "png";
  return fmt::format("data:image/{};base64,{}", type, base64(bytes));
}

std::string number_text(double value) {
  if (std::isnan(value)) return {};
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  std::string text;
  const double size = std::abs(value);
  if (size < 1e-12) return "0";  // what rounding leaves of zero
  if (value == std::round(value) && size < 1e7) text = fmt::format("{:.0f}", size);
  else if (size >= 100 && size < 1e7) text = fmt::format("{:.1f}", size);
  else if (size >= 0.01 && size < 100) text = fmt::format("{:.3f}", size);
  else text = fmt::format("{:.3g}", size);
  return (value < 0 ? "−" : "") + text;
}

std::string tick_text(double value) {
  if (value != 0 && std::abs(value) >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (value != 0 && std::abs(value) >= 1e4) return fmt::format("{:g}k", value / 1e3);
  return fmt::format("{:.4g}", value);
}

std::string spaced(std::string_view name) {
  std::string text(name);
  for (char& letter : text)
    if (letter == '_') letter = ' ';
  return text;
}

std::string anchor(std::string_view name) {
  std::string id;
  for (const char letter : name) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 128 && std::isalnum(code) != 0) id += letter;
    else id += fmt::format("-{:x}", code);
  }
  return id;
}

}  // namespace bgraph::report

#include "colours.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace bgraph::figures {

namespace {

constexpr std::array<const char*, 12> kClasses = {"#4c78a8", "#f58518", "#54a24b", "#e45756", "#b279a2", "#72b7b2",
                                                  "#eeca3b", "#9d755d", "#ff9da6", "#3b6e3f", "#6a51a3", "#d67195"};

struct Rgb {
  double r, g, b;
};
constexpr std::array<Rgb, 5> kRamp = {{{68, 13, 92}, {62, 80, 138}, {38, 140, 141}, {101, 199, 96}, {246, 228, 60}}};

}  // namespace

std::string categorical(int64_t index) {
  if (index < static_cast<int64_t>(kClasses.size())) return kClasses[static_cast<size_t>(index)];
  const double hue = std::fmod(static_cast<double>(index) * 137.508, 360.0);
  return fmt::format("hsl({:.0f},{}%,{}%)", hue, 48 + 10 * (index % 3), 46 + 8 * (index / 3 % 3));
}

std::string sequential(double share) {
  const double at = std::clamp(share, 0.0, 1.0) * (kRamp.size() - 1);
  const auto below = std::min(static_cast<size_t>(at), kRamp.size() - 2);
  const double part = at - static_cast<double>(below);
  const Rgb &a = kRamp[below], &b = kRamp[below + 1];
  const auto mixed = [part](double from, double to) { return static_cast<int>(std::lround(from + part * (to - from))); };
  return fmt::format("#{:02x}{:02x}{:02x}", mixed(a.r, b.r), mixed(a.g, b.g), mixed(a.b, b.b));
}

std::string escaped(const std::string& text) {
  std::string safe;
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

}  // namespace bgraph::figures

// Colours for marks on a light or dark ground, and text made safe for SVG.
#pragma once

#include <cstdint>
#include <string>

namespace bgraph::figures {

inline constexpr char kMissing[] = "#9aa0a6";  // no value

/// A colour per class. The first twelve are told apart by most people; further ones turn the hue by the golden angle.
std::string categorical(int64_t index);

/// From dark violet over teal to yellow, even in lightness; `share` in [0, 1], clipped.
std::string sequential(double share);

/// &, <, >, " and ' as entities.
std::string escaped(const std::string& text);

}  // namespace bgraph::figures

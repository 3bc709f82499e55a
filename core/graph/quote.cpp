#include <bgraph/core/graph/quote.h>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace bgraph::graph {

namespace {

constexpr size_t kLongest = 160;  // characters of a line that are shown
constexpr size_t kBefore = 60;    // of these, before the carets

/// The characters of a line; bytes that are none become '?'.
std::vector<std::string> characters(const std::string& line) {
  std::vector<std::string> all;
  for (const char byte : line) {
    const auto code = static_cast<unsigned char>(byte);
    if ((code & 0xC0) == 0x80 && !all.empty())
      all.back() += byte;
    else if ((code < 0x20 && byte != '\t') || code == 0x7F)
      all.emplace_back("?");
    else
      all.emplace_back(1, byte);
  }
  return all;
}

}  // namespace

std::string quote(const std::string& line, int number, int column, int width) {
  if (line.empty()) return {};
  const auto all = characters(line);
  const auto caret = static_cast<size_t>(std::max(column, 1)) - 1;
  const size_t first = all.size() > kLongest && caret > kBefore ? caret - kBefore : 0;
  const size_t last = std::min(all.size(), first + kLongest);
  std::string shown = first > 0 ? "..." : "", blank = first > 0 ? "   " : "";
  for (size_t i = first; i < last; ++i) shown += all[i];
  for (size_t i = first; i < std::min(caret, last); ++i) blank += all[i] == "\t" ? "\t" : " ";
  if (last < all.size()) shown += "...";
  const size_t room = std::max<size_t>(last > caret ? last - caret : 1, 1);
  const std::string carets(std::min(static_cast<size_t>(std::max(width, 1)), room), '^');
  const std::string label = std::to_string(number), gap(label.size(), ' ');
  return fmt::format("\n  {} | {}\n  {} | {}{}", label, shown, gap, blank, carets);
}

}  // namespace bgraph::graph

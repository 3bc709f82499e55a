#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace bgraph {

std::string Place::str() const {
  std::string text = file;
  if (line > 0) text += ":" + std::to_string(line);
  if (line > 0 && column > 0) text += ":" + std::to_string(column);
  return text;
}

Error::Error(std::string message, std::string fix, Place place)
    : std::runtime_error(std::move(message)), fix_(std::move(fix)), place_(std::move(place)) {}

Error& Error::during(std::string context) {
  context_.push_back(std::move(context));
  return *this;
}

std::string Error::full() const {
  const std::string where = place_.str();
  std::string text = (where.empty() ? "" : where + ": ") + std::string("error: ") + what();
  for (const auto& step : context_) text += "\n  while " + step;
  if (!fix_.empty()) text += "\n  fix: " + fix_;
  return text;
}

namespace {

/// Optimal string alignment distance: insertions, deletions, substitutions, neighbour swaps.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  // A third of the letters may differ: "epsiln" is meant as "epsilon", "abc" is nobody's typo of "xyz".
  size_t best = std::max<size_t>(1, word.size() / 3) + 1;
  std::string found;
  for (const auto& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best) best = distance, found = candidate;
  }
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string found = nearest(word, candidates);
  return found.empty() ? "" : "did you mean '" + found + "'?";
}

}  // namespace bgraph

#include <bgraph/core/cli/stored_values.h>

#include <bgraph/sdk/contract/error.h>

#include <fmt/format.h>

namespace bgraph::cli {

std::optional<Digest> value_beginning(const store::Store& store, const std::string& start) {
  constexpr size_t kShortest = 4;  // fewer digits could as well be a word
  if (start.size() < kShortest || start.find_first_not_of("0123456789abcdef") != std::string::npos)
    return std::nullopt;
  std::optional<Digest> found;
  for (const auto& digest : store.values()) {
    if (!digest.hex().starts_with(start)) continue;
    if (found)
      throw Error(
          fmt::format("several values begin with {}: {} and {}", start, found->hex(), digest.hex()),
          "give more digits");
    found = digest;
  }
  return found;
}

}  // namespace bgraph::cli

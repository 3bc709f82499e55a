// Damaged graphs: whatever a file holds, the answer is a right graph or a wrong one.
#include <bgraph/sdk/testing/catch.h>

#include <algorithm>
#include <random>

#include "fixture.h"

namespace bgraph::graph {

namespace {

std::vector<std::string> originals() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(graphs_folder() / "errors"))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const auto& file : files) texts.push_back(text_of(file));
  return texts;
}

/// One change: a byte, a cut, a doubled or a dropped piece, or a piece of another file.
std::string mutated(std::string text, const std::string& other, std::mt19937& random) {
  const auto below = [&](size_t limit) { return limit == 0 ? 0 : random() % limit; };
  const size_t at = below(text.size()), length = below(40);
  switch (random() % 5) {
    case 0:
      text[at] = static_cast<char>(random());
      break;
    case 1:
      text.resize(at);
      break;
    case 2:
      text.insert(at, text.substr(below(text.size()), length));
      break;
    case 3:
      text.erase(at, length);
      break;
    default:
      text.insert(at, other.substr(below(other.size()), length));
  }
  return text;
}

}  // namespace

TEST_CASE("a damaged graph is right or wrong, never a crash", "[core][graph][mutation]") {
  const auto texts = originals();
  std::mt19937 random(11);
  size_t wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string text = texts[random() % texts.size()];
    for (int change = 0; change < 3 && !text.empty(); ++change)
      text = mutated(std::move(text), texts[random() % texts.size()], random);
    wrong += problems_of(text, {.profile = "paper"}).empty() ? 0 : 1;
  }
  CHECK(wrong > 1900);
}

}  // namespace bgraph::graph

// What libFuzzer does, without libFuzzer and for a moment: every file of the corpora as it is, then with bytes changed,
// cut, doubled and moved. The same seed gives the same inputs; the input that is being tried stands in the file that
// BGRAPH_FUZZ_INPUT names, so that a crash leaves it behind.
//
//   fuzz_checkpoint_short ROUNDS FOLDER...
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::string mutated(std::string text, std::mt19937_64& random) {
  const auto below = [&](size_t limit) { return static_cast<size_t>(random() % std::max<size_t>(limit, 1)); };
  constexpr char kTelling[] = {'\0', '\1', '\x7f', '\x80', '\xff', '.', '(', 'R', '{', '9'};
  for (size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    const size_t at = below(text.size());
    switch (below(7)) {
      case 0: text[at] = static_cast<char>(random()); break;
      case 1: text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
      case 2: text[at] = kTelling[below(sizeof kTelling)]; break;
      case 3: text.resize(at); break;
      case 4: text.insert(at, text.substr(below(text.size()), below(40))); break;
      case 5: text.erase(at, below(12)); break;
      default: std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), std::min<size_t>(8, text.size() - at), '\xff'); break;
    }
  }
  return text;
}

void try_out(const std::string& input) {
  // BGRAPH_FUZZ_INPUT: where the input under trial is kept; by default nowhere.
  static const char* kept = std::getenv("BGRAPH_FUZZ_INPUT");
  if (kept) std::ofstream(kept, std::ios::binary) << input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int count, char** words) {
  const int rounds = count > 1 ? std::atoi(words[1]) : 100;
  std::mt19937_64 random(20260);
  int tried = 0;
  for (int i = 2; i < count; ++i) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(words[i])) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      try_out(text);
      for (int round = 0; round < rounds; ++round, ++tried) try_out(mutated(text, random));
    }
  }
  std::printf("%d inputs\n", tried);
  return tried > 0 ? 0 : 1;
}

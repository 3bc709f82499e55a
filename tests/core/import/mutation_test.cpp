// Every file of files/ with bytes changed, cut and doubled: the reader gives tensors or an Error, never anything else.
#include <bgraph/core/import/checkpoint.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

#include <random>

using namespace bgraph;
using namespace bgraph::import;

namespace {

std::string mutated(std::string text, std::mt19937_64& random) {
  const auto below = [&](size_t limit) { return static_cast<size_t>(random() % std::max<size_t>(limit, 1)); };
  for (size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    const size_t at = below(text.size());
    switch (below(5)) {
      case 0: text[at] = static_cast<char>(random()); break;
      case 1: text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
      case 2: text.resize(at); break;
      case 3: text.insert(at, text.substr(below(text.size()), below(40))); break;
      default: text.erase(at, below(12)); break;
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a damaged checkpoint is tensors or an Error, never a crash", "[import][mutation]") {
  std::mt19937_64 random(20260);
  int sound = 0, refused = 0;
  for (const auto& file : std::filesystem::directory_iterator("files")) {
    const std::string text = store::read_text(file.path());
    for (int i = 0; i < 400; ++i) {
      const std::string bent = mutated(text, random);
      try {
        for (const auto& tensor : read_checkpoint(std::as_bytes(std::span(bent)), "bent", {}).tensors)
          REQUIRE(tensor.storage.data() + tensor.storage.size() <= std::as_bytes(std::span(bent)).data() + bent.size());
        ++sound;
      } catch (const Error&) {
        ++refused;
      }
    }
  }
  CHECK(refused > sound);
}

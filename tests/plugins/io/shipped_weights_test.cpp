// The shipped weights are the ones on record: their digests, their size together, and that they still load.
#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <fstream>
#include <set>

using namespace bgraph;
namespace fs = std::filesystem;

namespace {

const fs::path kFolder = fs::path(BGRAPH_SOURCE_DIR) / "datasets/toy/weights";

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Json record() { return Json::parse(bytes_of(kFolder / "record.json")); }

}  // namespace

TEST_CASE("every shipped weight file is the one on record", "[io][shipped_weights]") {
  const Json files = record().at("files");
  std::set<std::string> shipped;
  size_t total = 0;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".safetensors") continue;
    const std::string name = entry.path().filename(), content = bytes_of(entry.path());
    INFO(name);
    REQUIRE(files.contains(name));
    CHECK(Hasher().add(content).finish().hex() == files.at(name).at("sha256").get<std::string>());
    shipped.insert(name);
    total += content.size();
  }
  for (const auto& [name, entry] : files.items()) {
    INFO(name << " is on record");
    CHECK(shipped.count(name) == 1);
  }
  CHECK(total <= 10'000'000);  // what the repository promises to stay under
}

TEST_CASE("the four small networks load and were trained on images of their own", "[io][shipped_weights]") {
  std::set<int64_t> seen;
  size_t images = 0;
  for (const char* name : {"backbone", "low_net", "sem_net", "judge"}) {
    INFO(name);
    testing::NodeRun run("io.load_model");
    const auto file = (kFolder / (std::string(name) + ".safetensors")).string();
    const Model model = run.set("file", file).run().out<Model>("model");
    CHECK(model.notes.at("name") == name);
    CHECK(model.trained_space == "toy");
    const auto* ids = model.trained_on.data_ptr<int64_t>();
    seen.insert(ids, ids + model.trained_on.numel());
    images += static_cast<size_t>(model.trained_on.numel());
  }
  CHECK(seen.size() == images);  // disjoint
  CHECK(*seen.begin() >= 100'000'000);  // the range of ids that only networks are trained on
}

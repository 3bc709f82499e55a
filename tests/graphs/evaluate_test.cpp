// `bgraph evaluate` through the real program and its workers, on arrays the test writes.
#include "../core/scratch.h"

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/testing/catch.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using bgraph::Json;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kImages = 6, kSide = 16;

struct Study : bgraph::Scratch {
  /// Pictures [6, 3, 16, 16] uint8; `turn` gives every image the pixels of one further on.
  void write(const std::string& name, int64_t turn) const {
    std::vector<bgraph::SafetensorsEntry> entries = {{"images", "U8", {kImages, 3, kSide, kSide}}};
    std::string bytes = bgraph::safetensors_prefix(entries, {});
    for (int64_t image = 0; image < kImages; ++image)
      for (int64_t i = 0; i < 3 * kSide * kSide; ++i) bytes.push_back(static_cast<char>(((image + turn) % kImages * 37 + i * i % 61 + i) % 251));
    std::ofstream(path / name, std::ios::binary) << bytes;
  }

  int evaluate(const std::string& words) const {
    const std::string command = "cd " + path.string() + " && " + BGRAPH_PROGRAM + " evaluate " + words + " > out 2> err";
    return WEXITSTATUS(std::system(command.c_str()));
  }
  std::string text(const fs::path& file) const {
    std::ifstream in(path / file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
};

}  // namespace

TEST_CASE("anybody's images are scored by a published protocol, with published results below", "[graphs][evaluate]") {
  const Study study;
  study.write("seen.safetensors", 0), study.write("same.safetensors", 0), study.write("turned.safetensors", 1);
  const int code = study.evaluate("good=same.safetensors,same.safetensors turned.safetensors --seen seen.safetensors --published");
  INFO(study.text("err"));
  REQUIRE(code == 0);
  CHECK_THAT(study.text("out"), ContainsSubstring("pixcorr") && ContainsSubstring("Brain-IT (published)") &&
                                      ContainsSubstring("DREAM (unverified)") && ContainsSubstring("not ranked") &&
                                      ContainsSubstring("no network 'alexnet' is wired"));
  const Json scores = Json::parse(study.text("runs/evaluate/metrics.json")).at("scores.table");
  CHECK(scores.at("good").at("pixcorr").get<double>() == Approx(1));
  CHECK(scores.at("good").at("subjects") == 2);
  CHECK(scores.at("turned").at("pixcorr").get<double>() < 0.99);
  CHECK_THAT(study.text("runs/evaluate/graph.toml"), ContainsSubstring("metrics.paper"));
  CHECK(fs::exists(study.path / "runs/evaluate/report/index.html"));
}

TEST_CASE("what cannot be scored is said before anything runs", "[graphs][evaluate]") {
  const Study study;
  study.write("seen.safetensors", 0);
  CHECK(study.evaluate("nowhere.npy --seen seen.safetensors") != 0);
  CHECK_THAT(study.text("err"), ContainsSubstring("there is nothing at nowhere.npy"));
  CHECK(study.evaluate("seen.safetensors --seen seen.safetensors --network alexnet") != 0);
  CHECK_THAT(study.text("err"), ContainsSubstring("--network wants NAME=FILE"));
  CHECK_FALSE(fs::exists(study.path / "runs/evaluate"));
}

// The whole pipeline through the real program: what pairing does, what breaking it does, and a second run.
#include "../core/scratch.h"

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using bgraph::Json;
namespace fs = std::filesystem;

namespace {

struct Study : bgraph::Scratch {
  /// Runs both tiny graphs; the exit code.
  int run(const std::string& output) const {
    const std::string graphs = std::string(BGRAPH_SOURCE_DIR) + "/tests/graphs/";
    const std::string command = std::string(BGRAPH_PROGRAM) + " run " + graphs + "tiny.toml " + graphs +
                                "tiny_shuffled.toml --name tiny --store " + (path / "store").string() + " --runs " +
                                (path / "runs").string() + " > " + (path / output).string() + " 2>&1";
    return std::system(command.c_str());
  }
  std::string text(const fs::path& file) const {
    std::ifstream in(path / file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
};

struct Row {
  Json cells;
  double operator[](const char* column) const { return cells.at(column).get<double>(); }
  bool in_band() const { return (*this)["two_way_pixels"] >= (*this)["two_way_pixels_chance_lo"] - kMargin &&
                                (*this)["two_way_pixels"] <= (*this)["two_way_pixels_chance_hi"] + kMargin; }
  bool above_band() const { return (*this)["two_way_pixels"] > (*this)["two_way_pixels_chance_hi"]; }
  // The band holds 95 % of permutations; a trained network on other kernels may land a hair outside it.
  static constexpr double kMargin = 0.02;
};

}  // namespace

TEST_CASE("broken pairing takes identification into its permutation band and the rest to the mean image",
          "[graphs][pipeline][slow]") {
  const Study study;
  const int code = study.run("first.txt");
  INFO(study.text("first.txt"));
  REQUIRE(code == 0);
  const Json metrics = Json::parse(study.text("runs/tiny/metrics.json"));
  const auto row = [&](const char* graph, const char* method) {
    return Row{metrics.at(std::string(graph) + "/validation.scores.table").at(method)};
  };

  // Paired: there is something to identify.
  CHECK(row("tiny", "ridge").above_band());
  CHECK(row("tiny", "low-level").above_band());
  CHECK(row("tiny", "both, true tokens")["two_way_pixels"] > 0.95);

  // Test pairs shuffled, then training pairs shuffled: nothing is left of it.
  CHECK(row("tiny", "both, shuffled").in_band());
  for (const char* method : {"ridge", "low-level", "both"}) {
    INFO(method);
    CHECK(row("tiny_shuffled", method).in_band());
    CHECK(row("tiny_shuffled", method)["pixcorr"] < row("tiny", "mean image")["pixcorr_hi"]);
  }
  // A ridge that has learned nothing predicts about the mean image, and scores like it.
  const Row mean = row("tiny", "mean image"), broken = row("tiny_shuffled", "ridge");
  CHECK(std::abs(broken["mse"] - mean["mse"]) < 0.15 * mean["mse"]);
  CHECK(broken["ssim"] <= mean["ssim_hi"]);

  // The same command again does nothing and says so.
  CHECK(study.run("second.txt") == 0);
  CHECK(study.text("second.txt").find("nothing to do") != std::string::npos);

  // The report is one page that shows both graphs and needs no network.
  const std::string page = study.text("runs/tiny/report/index.html");
  CHECK(page.find("The whole pipeline, tiny, broken pairing") != std::string::npos);
  CHECK(page.find("src=\"http") == std::string::npos);
  CHECK(page.find("href=\"http") == std::string::npos);
  CHECK(page.find("data:image/png;base64,") != std::string::npos);
}

// The whole pipeline and its ablations through the real program, with profile "tiny": what pairing does, what breaking
// it does, what an ablation leaves alone, and a second run.
#include "../core/scratch.h"

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/testing/catch.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using bgraph::Json;
namespace fs = std::filesystem;

namespace {

const char* const kGraphs[] = {"full",        "shuffled_training", "low_only",      "semantic_only", "clusters_xyz", "clusters_parcels",
                               "no_external", "mlp_predictor",     "mlp_mse_loss",  "mse_loss",      "one_subject",  "joint"};

/// All graphs as one plan, run once for every case here.
struct Study : bgraph::Scratch {
  Study() {
    const int code = run("first.txt");
    INFO(text("first.txt"));
    REQUIRE(code == 0);
    metrics = Json::parse(text("runs/tiny/metrics.json"));
  }

  /// The exit code.
  int run(const std::string& output) const {
    std::string graphs;
    for (const char* graph : kGraphs) graphs += " " BGRAPH_SOURCE_DIR "/graphs/" + std::string(graph) + ".toml";
    return carry_out("run" + graphs + " --name tiny", output);
  }
  int carry_out(const std::string& verb_and_graphs, const std::string& output) const {
    const std::string command = std::string(BGRAPH_PROGRAM) + " " + verb_and_graphs + " --profile tiny --store " + (path / "store").string() +
                                " --runs " + (path / "runs").string() + " > " + (path / output).string() + " 2>&1";
    return std::system(command.c_str());
  }
  std::string text(const fs::path& file) const {
    std::ifstream in(path / file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  const Json& table(const std::string& graph, const std::string& node) const {
    return metrics.at(graph + "/validation." + node);
  }

  Json metrics;
};

const Study& study() {
  static const Study once;
  return once;
}

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
  const auto row = [](const char* graph, const char* method) { return Row{study().table(graph, "scores.table").at(method)}; };

  // Paired: there is something to identify.
  CHECK(row("full", "ridge").above_band());
  CHECK(row("full", "low-level").above_band());
  CHECK(row("full", "both, true tokens")["two_way_pixels"] > 0.95);

  // Test pairs shuffled, then training pairs shuffled: nothing is left of it.
  CHECK(row("full", "both, shuffled").in_band());
  for (const char* method : {"ridge", "low-level", "both"}) {
    INFO(method);
    CHECK(row("shuffled_training", method).in_band());
    CHECK(row("shuffled_training", method)["pixcorr"] < row("full", "mean image")["pixcorr_hi"]);
  }
  // A ridge that has learned nothing predicts about the mean image, and scores like it.
  const Row mean = row("full", "mean image"), broken = row("shuffled_training", "ridge");
  CHECK(std::abs(broken["mse"] - mean["mse"]) < 0.15 * mean["mse"]);
  CHECK(broken["ssim"] <= mean["ssim_hi"]);
}

TEST_CASE("an ablation changes what it names and leaves the rest alone", "[graphs][pipeline][slow]") {
  const auto headline = [](const char* graph) { return Row{study().table(graph, "headline.table").at("result")}; };
  const auto full = [](const char* method) { return Row{study().table("full", "scores.table").at(method)}; };
  for (const char* graph : kGraphs) {
    INFO(graph);
    const Row row = headline(graph);
    for (const char* metric : {"pixcorr", "ssim", "two_way_deep"}) CHECK(std::isfinite(row[metric]));
    if (std::string(graph) != "full") CHECK(row["pixcorr"] != headline("full")["pixcorr"]);
  }
  CHECK(headline("full")["pixcorr"] == full("both")["pixcorr"]);
  CHECK(headline("low_only")["pixcorr"] == full("low-level")["pixcorr"]);
  CHECK(headline("semantic_only")["pixcorr"] == full("semantic")["pixcorr"]);
  // A few small steps of stage 2 hardly move the pictures.
  CHECK(std::abs(headline("joint")["pixcorr"] - headline("full")["pixcorr"]) < 0.02);
  CHECK(study().table("full", "headline.per_image").size() == 2 * study().table("one_subject", "headline.per_image").size());
}

TEST_CASE("a sweep over a new subject's trials trains the others once and compares image by image", "[graphs][pipeline][slow]") {
  const int code = study().carry_out("sweep " BGRAPH_SOURCE_DIR "/graphs/transfer.toml --name transfer", "sweep.txt");
  INFO(study().text("sweep.txt"));
  REQUIRE(code == 0);
  const Json sweep = Json::parse(study().text("runs/transfer/sweep.json"));
  REQUIRE(sweep["cells"].size() == 2);
  for (const auto& cell : sweep["cells"]) CHECK(cell["done"] == true);
  // Scores of what both cells share are equal to the last bit; what sees more trials differs.
  double shared = -1, own = 0;
  for (const auto& line : sweep["paired"]) {
    if (line["table"] == "bit_low.scores") shared = std::max(shared, std::abs(line["difference"].get<double>()));
    if (line["table"] == "curve.per_image" && line["row"] == "transferred, both" && line["column"] == "pixcorr") {
      CHECK(line["over"] == "24 images x 1 brain");
      CHECK(line["low"] < line["high"]);
      own = line["difference"];
    }
  }
  CHECK(shared == 0);
  CHECK(own != 0);
}

TEST_CASE("the same command again does nothing, and the report is one page that needs no network", "[graphs][pipeline][slow]") {
  CHECK(study().run("second.txt") == 0);
  CHECK(study().text("second.txt").find("nothing to do") != std::string::npos);

  const std::string page = study().text("runs/tiny/report/index.html");
  CHECK(page.find("Toy brains, both branches") != std::string::npos);
  CHECK(page.find("Broken pairing") != std::string::npos);
  CHECK(page.find("src=\"http") == std::string::npos);
  CHECK(page.find("href=\"http") == std::string::npos);
  CHECK(page.find("data:image/png;base64,") != std::string::npos);
}

#include "report_fixture.h"

#include <bgraph/core/store/durable.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cmath>
#include <fstream>

namespace bgraph::report {

namespace fs = std::filesystem;

namespace {

Json column(const char* name, const char* better = "", const char* unit = "") {
  return {{"name", name}, {"unit", unit}, {"better", better}};
}

/// A little landscape whose colours follow the image, more washed out from stage to stage.
std::string landscape(int64_t image, size_t stage) {
  const double fade = stage == 0 ? 0 : 0.12 * static_cast<double>(stage);
  const auto colour = [&](double hue, double light) {
    return fmt::format("hsl({:.0f},{:.0f}%,{:.0f}%)", hue, 70 - 60 * fade, light + (60 - light) * fade);
  };
  const double turn = static_cast<double>(image) * 47, sun = 8 + std::fmod(static_cast<double>(image) * 5, 16);
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" height=\"32\" fill=\"{}\"/>"
                     "<rect y=\"{:.0f}\" width=\"32\" height=\"32\" fill=\"{}\"/><circle cx=\"{:.0f}\" cy=\"9\" r=\"4\" fill=\"{}\"/></svg>",
                     colour(200 + turn / 9, 70), 16 + std::fmod(turn, 7), colour(turn, 38), sun, colour(45, 62));
}

Json curves_table() {
  Json rows = Json::array();
  for (int step = 0; step <= 2000; step += 20) {
    Json values = {{"loss", 4.2 * std::exp(-step / 350.0) + 0.35 + 0.05 * std::sin(step / 37.0)}, {"rate", 5e-4 * std::min(1.0, step / 200.0)}};
    if (step % 200 == 0) values["validation"] = 0.72 - 0.5 * std::exp(-step / 500.0);
    rows.push_back({{"name", std::to_string(step)}, {"values", values}});
  }
  return {{"title", "curves"}, {"columns", {column("loss"), column("rate"), column("validation")}}, {"rows", rows}, {"notes", Json::array()}};
}

struct Builder {
  run::RunRecord record;

  run::NodeRecord& add(const std::string& name, const std::string& type, run::Outcome outcome, double seconds,
                       const std::map<std::string, graph::Ref>& reads, const Json& params = Json::object()) {
    graph::Node node{.name = name, .type = type};
    for (const auto& [port, ref] : reads) node.inputs[port] = {ref};
    for (const auto& [key, value] : params.items()) node.params[key] = {value, {}, "full.toml"};
    auto& cell = record.cells.front();
    cell.graph.nodes.push_back(node);
    cell.nodes[name] = record.nodes.size();
    record.nodes.push_back({.name = name, .node = name, .type = type, .summary = "What " + type + " does, in one sentence.",
                            .build_id = "77aa20c1d4e5f60718293a4b", .params = params, .key = std::string(64, 'a' + static_cast<char>(record.nodes.size())),
                            .why = outcome == run::Outcome::hit ? "cached" : "parameter k: 64 -> 128", .outcome = outcome, .seconds = seconds,
                            .peak_mib = 210 + 40 * seconds,
                            .profile = {{"device", "cpu"}, {"threads", 1}, {"kernels", "avx2"}, {"torch", "1.13.0"}}});
    return record.nodes.back();
  }
};

}  // namespace

Json scores_table() {
  const auto row = [](const char* name, double pixcorr, double two_way, Json distance) {
    return Json{{"name", name}, {"values", {{"pixcorr", pixcorr}, {"pixcorr_lo", pixcorr - 0.03}, {"pixcorr_hi", pixcorr + 0.03},
                                            {"two_way_deep", two_way}, {"two_way_deep_lo", two_way - 0.02}, {"two_way_deep_hi", two_way + 0.02},
                                            {"two_way_deep_chance_lo", 0.46}, {"two_way_deep_chance_hi", 0.54},
                                            {"distance_deep", distance}, {"images", 64}, {"verdict", pixcorr > 0.3 ? "best < & of all" : ""}}}};
  };
  return {{"title", "Reconstruction scores"},
          {"columns", {column("pixcorr", "higher"), column("pixcorr_lo"), column("pixcorr_hi"), column("two_way_deep", "higher"),
                       column("two_way_deep_lo"), column("two_way_deep_hi"), column("two_way_deep_chance_lo"), column("two_way_deep_chance_hi"),
                       column("distance_deep", "lower", "1 - r"), column("images"), column("verdict")}},
          {"rows", {row("low-level", 0.412, 0.731, 0.81), row("semantic", 0.187, 0.889, 0.52), row("both", 0.363, 0.917, 0.497),
                    row("mean image", 0.2, 0.5, Json())}},
          {"notes", {"Intervals: central 95 % of a bootstrap over images crossed with subjects.", "SSIM never decides alone: <mean> images win it."}},
          {"protocol", {{"judge", "judge 3f9a"}, {"images", 64}, {"list", "0c11d7"}}}};
}

ReportWorld::ReportWorld() { store::Store(root() / "store").prepare(); }

Digest ReportWorld::publish(const std::string& type, const Json& meta, const std::vector<std::pair<std::string, std::string>>& files) const {
  const store::Store store(root() / "store");
  store::Publication draft(store, "report");
  ValueHeader header{.type = type, .meta = meta};
  for (const auto& [name, bytes] : files) {
    std::ofstream(draft.folder() / name, std::ios::binary) << bytes;
    header.files.push_back({name, static_cast<int64_t>(bytes.size()), digest_file(draft.folder() / name)});
  }
  return draft.publish(header);
}

Digest ReportWorld::publish_table(const Json& table) const {
  return publish("Table", {{"split", "validation"}}, {{"table.json", table.dump()}});
}

run::RunRecord ReportWorld::record(int64_t images) const {
  using run::Outcome;
  Builder made;
  made.record = {.name = "full", .folder = root() / "runs" / "full", .store = root() / "store",
                 .command_line = {"bgraph", "run", "graphs/full.toml", "--set", "title=<script>alert(1)</script>"},
                 .started_at = "2024-05-17T09:31:02Z", .ended_at = "2024-05-17T09:37:44Z", .seconds = 402, .workers = 2,
                 .versions = {{"bgraph", "0.1"}, {"numerics", 1}}};
  made.record.cells.push_back({"", {.file = "graphs/full.toml"}, {}});
  auto& settings = made.record.cells.front().graph.settings;
  settings.title = "Brain-IT on toy brains, both branches";
  settings.budget = "100 images, at most 8 minutes on 2 cores";
  settings.seed = 7;

  made.add("brains", "io.toy_brains", Outcome::hit, 21.4, {});
  made.add("encoder", "encoding.train", Outcome::ran, 61.8, {{"betas", {"brains", "train", {}}}}).outputs["curves"] = publish_table(curves_table());
  made.add("clusters", "clusters.gmm", Outcome::ran, 4.2, {{"table", {"encoder", "table", {}}}}, {{"k", 128}, {"covariance", "full"}})
      .warnings = {"cluster 17 has 3 voxels, fewer than its 12 dimensions", "2 < 3 & \"so on\""};
  auto& bit = made.add("bit_low", "decoding.train", Outcome::ran, 118.3, {{"v2c", {"clusters", "v2c", {}}}, {"betas", {"brains", "train", {}}}});
  bit.outputs["curves"] = publish_table(curves_table());
  bit.chunks = 4;
  made.add("low_images", "inversion.dip", Outcome::ran, 96.0, {{"targets", {"bit_low", "model", {}}}});
  auto& scores = made.add("scores", "metrics.reconstruction", Outcome::ran, 5.1, {{"images", {"low_images", "images", {}}}});
  scores.outputs["table"] = publish_table(scores_table());
  auto& broken = made.add("<script>", "diffusion.sample", Outcome::failed, 2.0, {{"start", {"low_images", "images", {}}}});
  broken.error = "condition has 16 tokens, the backend expects 24\nwhile running '<script>'";
  auto& gallery = made.add("gallery", "figures.gallery", Outcome::ran, 0.6, {{"stages", {"low_images", "images", {}}}});

  const std::vector<std::string> columns = {"seen", "low-level", "semantic", "both", "nearest training image", "mean image"};
  Json rows = Json::array();
  std::vector<std::pair<std::string, std::string>> files;
  for (int64_t i = 0; i < images; ++i) {
    Json names = Json::array();
    for (size_t c = 0; c < columns.size(); ++c) {
      files.emplace_back(fmt::format("{:03}_{}.svg", i, c), landscape(c == 4 ? i + 3 : c == 5 ? 0 : i, c));
      names.push_back(files.back().first);
    }
    if (i == 1) names[2] = "";  // a stage without a picture for this image
    rows.push_back({{"name", fmt::format("image {}", 100 + i)}, {"files", names},
                    {"scores", {{"pixcorr", std::sin(static_cast<double>(i))}, {"two_way_deep", 0.5 + 0.01 * static_cast<double>(i % 40)}, {"ssim", 0.4}}}});
  }
  std::sort(files.begin(), files.end());
  gallery.outputs["figure"] = publish("Figure", {{"title", "Seen and reconstructed"}, {"caption", "The first images, subject 1."},
                                                 {"alt", "Grid of seen and reconstructed images"}, {"columns", columns}, {"gallery", rows}}, files);
  for (auto& node : made.record.nodes)
    for (const auto& [port, digest] : node.outputs) node.output_types[port] = port == "figure" ? "Figure" : "Table";
  store::write_durably(made.record.folder / "graph.toml", "[graph]\ntitle = \"a < b\"\n");
  return made.record;
}

}  // namespace bgraph::report

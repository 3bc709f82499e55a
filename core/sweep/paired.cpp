#include <bgraph/core/sweep/paired.h>

#include <bgraph/core/run/tables.h>
#include <bgraph/core/sweep/crossed.h>
#include <bgraph/core/sweep/csv.h>
#include <bgraph/sdk/contract/unit.h>

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <map>
#include <optional>
#include <set>

namespace bgraph::sweep {

namespace {

constexpr size_t kMostRows = 200;  // of a table without a row per image
constexpr const char* kOnePerImage[] = {"image", "subject", "method"};  // columns of a table with a row per image

/// What a number speaks of: a column of a row, where rows per image are one row per method.
struct Spot {
  std::string table, row, column;
  auto operator<=>(const Spot&) const = default;
};

struct Brain {
  int64_t seed = 0;
  double subject = 0;
  auto operator<=>(const Brain&) const = default;
};

struct Scores {
  bool per_image = false;
  Json protocol;                                     // of the last seed
  bool mixed = false;                                // seeds of several protocols
  std::map<Brain, std::map<double, double>> values;  // brain -> image -> number; one image where rows are not images
};

using Setting = std::map<Spot, Scores>;

bool has_row_per_image(const Json& values) {
  return std::all_of(std::begin(kOnePerImage), std::end(kOnePerImage), [&](const char* column) { return values.contains(column); });
}

bool is_curves(const std::string& table) { return table.ends_with(std::string(".") + kCurvesPort); }

/// Whether the number is a score, and not one of the columns that say what the row is about.
bool is_score(const std::string& column, bool per_image) {
  return !per_image || (column != "image" && column != "subject" && column != "category");
}

void collect(const run::CellRecord& cell, const run::RunRecord& record, const store::Store& store, Setting& mine) {
  const int64_t seed = cell.graph.settings.seed;
  run::each_table(cell, record, store, [&](const std::string& name, const Json& table) {
    const Json& rows = table["rows"];
    if (rows.empty() || is_curves(name)) return;
    const bool per_image = has_row_per_image(rows[0].value("values", Json::object()));
    if (!per_image && rows.size() > kMostRows) return;
    const Json protocol = table.value("protocol", Json::object());
    for (const auto& row : rows) {
      const Json values = row.value("values", Json::object());
      if (per_image && !(values.at("image").is_number() && values.at("subject").is_number())) continue;
      const std::string about = per_image ? values.at("method").get<std::string>() : row.value("name", "");
      const Brain brain{seed, per_image ? values.at("subject").get<double>() : 0};
      const double image = per_image ? values.at("image").get<double>() : 0;
      for (const auto& [column, value] : values.items()) {
        if (!value.is_number() || !is_score(column, per_image)) continue;
        Scores& scores = mine[{name, about, column}];
        scores.mixed = scores.mixed || (!scores.values.empty() && scores.protocol != protocol);
        scores.per_image = per_image;
        scores.protocol = protocol;
        scores.values[brain][image] = value.get<double>();
      }
    }
  });
}

/// The brains both have, and the images that all of these have on both sides.
struct Shared {
  std::vector<Brain> brains;
  std::vector<double> images;
};

Shared shared(const Scores& ours, const Scores& theirs) {
  Shared both;
  std::optional<std::set<double>> images;
  for (const auto& [brain, values] : ours.values) {
    const auto other = theirs.values.find(brain);
    if (other == theirs.values.end()) continue;
    both.brains.push_back(brain);
    std::set<double> here;
    for (const auto& [image, value] : values)
      if (other->second.count(image) > 0 && (!images || images->count(image) > 0)) here.insert(image);
    images = std::move(here);
  }
  if (images) both.images.assign(images->begin(), images->end());
  return both;
}

std::string counted(size_t count, const char* thing) { return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s"); }

Json compared(const Scores& ours, const Scores& theirs) {
  if (ours.mixed || theirs.mixed || ours.protocol != theirs.protocol)
    return {{"note", "scored under another protocol, so not compared"}};
  const auto [brains, images] = shared(ours, theirs);
  if (brains.empty()) return {{"note", "no seed in common yet"}};
  if (images.empty()) return {{"note", "no image that all brains have"}};
  std::vector<std::vector<double>> differences;
  double mean = 0, base = 0;
  const size_t pairs = images.size() * brains.size();
  for (const double image : images) {
    differences.emplace_back();
    for (const auto& brain : brains) {
      const double value = ours.values.at(brain).at(image), other = theirs.values.at(brain).at(image);
      differences.back().push_back(value - other);
      mean += value / static_cast<double>(pairs);
      base += other / static_cast<double>(pairs);
    }
  }
  const Estimate found = crossed_mean(differences);
  Json line = {{"pairs", pairs},
               {"over", ours.per_image ? counted(images.size(), "image") + " x " + counted(brains.size(), "brain")
                                       : counted(brains.size(), "seed")},
               {"mean", mean}, {"baseline_mean", base}, {"difference", found.mean}, {"low", nullptr}, {"high", nullptr}};
  if (!found.half_width) return line;
  line["low"] = found.mean - *found.half_width;
  line["high"] = found.mean + *found.half_width;
  return line;
}

}  // namespace

Json paired(const run::RunRecord& record, const store::Store& store) {
  std::map<std::string, Setting> settings;
  std::string baseline;
  for (const auto& cell : record.cells) {
    collect(cell, record, store, settings[cell.graph.setting]);
    if (cell.graph.is_baseline) baseline = cell.graph.setting;
  }
  Json lines = Json::array();
  std::vector<std::string> told = {baseline};
  for (const auto& cell : record.cells) {  // in the order of the plan, each setting once
    const std::string& setting = cell.graph.setting;
    if (std::find(told.begin(), told.end(), setting) != told.end()) continue;
    told.push_back(setting);
    for (const auto& [spot, scores] : settings[setting]) {
      const auto theirs = settings[baseline].find(spot);
      if (theirs == settings[baseline].end()) continue;
      Json line = compared(scores, theirs->second);
      line.update({{"table", spot.table}, {"row", spot.row}, {"column", spot.column}, {"setting", setting}, {"baseline", baseline}});
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::string paired_csv(const Json& paired) {
  static const std::vector<std::string> kColumns = {"table", "row",  "column",        "setting",    "baseline", "pairs", "over",
                                                    "mean",  "baseline_mean", "difference", "low",      "high",  "note"};
  std::string text;
  for (const auto& column : kColumns) text += (text.empty() ? "" : ",") + column;
  text += "\n";
  for (const auto& line : paired)
    for (size_t i = 0; i < kColumns.size(); ++i)
      text += csv_cell(line.value(kColumns[i], Json())) + (i + 1 < kColumns.size() ? "," : "\n");
  return text;
}

}  // namespace bgraph::sweep

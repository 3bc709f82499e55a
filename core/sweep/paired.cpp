#include <bgraph/core/sweep/paired.h>

#include <bgraph/core/run/tables.h>
#include <bgraph/core/sweep/csv.h>
#include <bgraph/sdk/contract/error.h>

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace bgraph::sweep {

namespace {

constexpr size_t kMostRows = 200;
constexpr double kLevel = 0.975;  // two-sided 95 %

struct Score {
  double value = 0;
  Json protocol;
};

using Spot = std::tuple<std::string, std::string, std::string>;  // table, row, column
using Scores = std::map<int64_t, Score>;                     // by seed
using Settings = std::map<std::string, std::map<Spot, Scores>>;

void collect(const run::CellRecord& cell, const run::RunRecord& record, const store::Store& store, Settings& settings) {
  auto& mine = settings[cell.graph.setting];
  run::each_table(cell, record, store, [&](const std::string& name, const Json& table) {
    if (table["rows"].size() > kMostRows) return;
    for (const auto& row : table["rows"]) {
      const Json values = row.value("values", Json::object());
      for (const auto& [column, value] : values.items()) {
        if (!value.is_number()) continue;
        mine[{name, row.value("name", ""), column}][cell.graph.settings.seed] = {value.get<double>(),
                                                                                table.value("protocol", Json::object())};
      }
    }
  });
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Json compared(const Scores& ours, const Scores& theirs) {
  std::vector<double> differences, values, base;
  for (const auto& [seed, score] : ours) {
    const auto other = theirs.find(seed);
    if (other == theirs.end()) continue;
    if (score.protocol != other->second.protocol) return {{"note", "scored under another protocol, so not compared"}};
    values.push_back(score.value);
    base.push_back(other->second.value);
    differences.push_back(score.value - other->second.value);
  }
  if (differences.empty()) return {{"note", "no seed in common yet"}};
  const double difference = mean(differences);
  Json line = {{"pairs", differences.size()}, {"mean", mean(values)}, {"baseline_mean", mean(base)},
               {"difference", difference},    {"low", nullptr},       {"high", nullptr}};
  if (differences.size() < 2) return line;
  const double half = interval_half_width(differences);
  line["low"] = difference - half;
  line["high"] = difference + half;
  return line;
}

}  // namespace

double interval_half_width(const std::vector<double>& differences) {
  if (differences.size() < 2) throw Error("an interval needs two pairs at least");
  const auto n = static_cast<double>(differences.size());
  const double centre = mean(differences);
  double squares = 0;
  for (const double d : differences) squares += (d - centre) * (d - centre);
  const boost::math::students_t distribution(n - 1);
  return boost::math::quantile(distribution, kLevel) * std::sqrt(squares / (n - 1) / n);
}

Json paired(const run::RunRecord& record, const store::Store& store) {
  Settings settings;
  std::string baseline;
  for (const auto& cell : record.cells) {
    collect(cell, record, store, settings);
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
      line.update({{"table", std::get<0>(spot)}, {"row", std::get<1>(spot)}, {"column", std::get<2>(spot)},
                   {"setting", setting}, {"baseline", baseline}});
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::string paired_csv(const Json& paired) {
  static const std::vector<std::string> kColumns = {"table", "row", "column", "setting", "baseline", "pairs",
                                                    "mean", "baseline_mean", "difference", "low", "high", "note"};
  std::string text;
  for (const auto& column : kColumns) text += (text.empty() ? "" : ",") + column;
  text += "\n";
  for (const auto& line : paired)
    for (size_t i = 0; i < kColumns.size(); ++i)
      text += csv_cell(line.value(kColumns[i], Json())) + (i + 1 < kColumns.size() ? "," : "\n");
  return text;
}

}  // namespace bgraph::sweep

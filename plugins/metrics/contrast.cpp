// metrics.contrast: do two methods differ, and by how much? Paired over the same images and subjects.
//
// Takes the `per_image` table of metrics.reconstruction (or two of them, of two graphs) and gives, per metric, the
// difference of means, its interval, a p-value corrected over the metrics named (Holm), and a decision in words.
// "not resolved" comes with the difference these data could have resolved; it is never agreement.
// Agreement is claimed only with `margin`: two one-sided tests at 5 %.
//
// Rows of different protocols (other images, another judge) are refused: their difference would mean nothing.
//
//   [nodes.both_against_semantic]
//   type   = "metrics.contrast"
//   first  = "both"
//   second = "semantic"
//   inputs = { first_scores = "scores.per_image" }

#include "holm.h"
#include "paired.h"

#include <bgraph/sdk/contract/protocol.h>
#include <bgraph/sdk/node.h>

#include <fmt/format.h>

#include <cmath>
#include <set>

namespace bgraph::metrics {

struct ContrastParams {
  std::string first, second;
  std::vector<std::string> metrics;
  double margin = 0;
  int64_t resamples = 5000;

  template <class Visitor>
  void visit(Visitor& field) {
    field("first", first, required(), "method of the first rows, as named in the scores");
    field("second", second, required(), "method of the second rows");
    field("metrics", metrics, any(), "the family of metrics that is compared; empty = all");
    field("margin", margin, at_least(0), "differences inside it count as equivalent, in units of the metric; 0 = not asked");
    field("resamples", resamples, at_least(100), "bootstrap resamples");
  }
};

namespace {

/// The rows of one method.
std::vector<const Row*> rows_of(const Table& scores, const std::string& method) {
  std::vector<const Row*> rows;
  std::vector<std::string> known;
  for (const auto& row : scores.rows) {
    const auto cell = row.cells.find("method");
    if (cell == row.cells.end()) throw Error("the table of scores has no column 'method'", "wire `per_image` of metrics.reconstruction");
    const std::string& name = std::get<std::string>(cell->second);
    if (name == method) rows.push_back(&row);
    if (known.empty() || known.back() != name) known.push_back(name);
  }
  if (rows.empty()) throw Error("no method '" + method + "' in the scores", did_you_mean(method, known));
  return rows;
}

double number(const Row& row, const std::string& column) {
  const auto cell = row.cells.find(column);
  return cell == row.cells.end() ? std::nan("") : std::get<double>(cell->second);
}

/// One metric as [subjects, images]; `place` says in which column an image stands.
at::Tensor grid(const std::vector<const Row*>& rows, const std::string& metric, const std::map<double, int64_t>& place) {
  int64_t subjects = 1;
  for (const Row* row : rows) subjects = std::max(subjects, 1 + static_cast<int64_t>(number(*row, "subject")));
  at::Tensor values = at::full({subjects, static_cast<int64_t>(place.size())}, std::nan(""), at::kDouble);
  for (const Row* row : rows)
    values[static_cast<int64_t>(number(*row, "subject"))][place.at(number(*row, "image"))] = number(*row, metric);
  return values;
}

}  // namespace

class Contrast final : public Node {
 public:
  explicit Contrast(ContrastParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Table> first_scores{this, "first_scores", "per_image table with the first method"};
  In<Table> second_scores{this, "second_scores", "per_image table with the second; default: the same", kOptional};
  Out<Table> table{this, "table", "one row per metric", "=first_scores"};

  void run(Context& ctx) override {
    const Table& one = *first_scores;
    const Table& two = second_scores.given() ? *second_scores : *first_scores;
    if (const std::string difference = protocol_difference({one.protocol, two.protocol}); !difference.empty())
      throw Error("the two tables were scored under different protocols: " + difference,
                  "score both with the same images, judge and settings");
    const auto first = rows_of(one, params_.first), second = rows_of(two, params_.second);
    std::map<double, int64_t> place;
    for (const auto* rows : {&first, &second})
      for (const Row* row : *rows) place.emplace(number(*row, "image"), static_cast<int64_t>(place.size()));

    std::vector<PairedDifference> found;
    std::vector<double> p_values;
    const std::vector<Column> family = chosen(one);
    for (const auto& metric : family) {
      found.push_back(paired_difference(grid(first, metric.name, place), grid(second, metric.name, place), params_.resamples,
                               ctx.rng("bootstrap")));
      p_values.push_back(found.back().p);
    }
    Table result{.title = params_.first + " against " + params_.second, .split = one.split, .protocol = one.protocol};
    result.column("first").column("second").column("difference").column("difference_lo").column("difference_hi");
    result.column("p").column("p_holm").column("detectable").column("pairs").column("decision");
    const std::vector<double> corrected = holm(p_values);
    for (size_t k = 0; k < family.size(); ++k) {
      const PairedDifference& c = found[k];
      result.row(family[k].name).cells = {
          {"first", c.first}, {"second", c.second}, {"difference", c.difference},
          {"difference_lo", c.interval.low}, {"difference_hi", c.interval.high}, {"p", c.p},
          {"p_holm", corrected[k]}, {"detectable", c.detectable}, {"pairs", static_cast<double>(c.cells)},
          {"decision", decision(c, corrected[k], family[k].better, params_.margin)}};
    }
    result.notes.push_back(fmt::format("first: {}; second: {}. Paired over images crossed with subjects; intervals 95 %, "
                                       "p corrected over {} metrics (Holm).", params_.first, params_.second, family.size()));
    result.notes.push_back("detectable: the difference these data resolve with power .8. Not resolved is not agreement.");
    table = std::move(result);
  }

 private:
  std::vector<Column> chosen(const Table& scores) const {
    const std::set<std::string> labels = {"method", "image", "category", "subject"};
    std::vector<Column> family;
    std::vector<std::string> known;
    for (const auto& column : scores.columns)
      if (labels.count(column.name) == 0) family.push_back(column), known.push_back(column.name);
    if (params_.metrics.empty()) return family;
    std::vector<Column> named;
    for (const auto& name : params_.metrics) {
      const auto it = std::find_if(family.begin(), family.end(), [&](const Column& c) { return c.name == name; });
      if (it == family.end()) throw Error("the scores have no metric '" + name + "'", did_you_mean(name, known));
      named.push_back(*it);
    }
    return named;
  }

  ContrastParams params_;
};

BGRAPH_NODE(Contrast, "metrics.contrast")

}  // namespace bgraph::metrics

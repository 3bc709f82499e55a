// metrics.published: published scores, alone or below one's own.
//
// The file ships as datasets/published/results.json: per table its columns, rows, source and what is known of its
// protocol, and per number a tag: `paper` (read in the Brain-IT or the Universal Brain Encoder paper), `published` (by
// the method's authors), or `unverified` (not checked against a publication). A row with unverified numbers says so in
// its name, and the column `verification` says which they are: verify before quoting.
//
// Published scores were made by others: with `scores` wired they stand below, never ranked together with one's own,
// and footnotes say what is known of how they were made. Percentages become shares, so that columns agree.
//
//   [nodes.beside]
//   type   = "metrics.published"
//   file   = "../datasets/published/results.json"
//   which  = "nsd"
//   inputs = { scores = "scores.table" }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/protocol.h>
#include <bgraph/sdk/node.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>

namespace bgraph::metrics {

struct PublishedParams {
  File file;
  std::string which = "nsd";

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "published results (JSON), as datasets/published/results.json");
    field("which", which, any(), "name of the table in it");
  }
};

class Published final : public Node {
 public:
  explicit Published(PublishedParams params) : params_(std::move(params)) {}

  In<Table> scores{this, "scores", "own scores, to stand above the published", kOptional};
  Out<Table> table{this, "table", "own rows as they are, published rows below", "=scores"};

  void run(Context&) override {
    try {
      std::ifstream in(params_.file.path, std::ios::binary);
      const Json file = Json::parse(in, nullptr, false);
      if (!file.is_object()) throw Error("it is not a JSON object");
      const Json& published = table_named(file.at("tables"));
      Table result = scores.given() ? *scores : Table{.title = published.at("title"), .protocol = published.at("protocol")};
      add(result, published);
      if (scores.given()) apart(result, published);
      result.notes.push_back("Published: " + published.at("source").get<std::string>() + ".");
      if (published.contains("note")) result.notes.push_back(published.at("note").get<std::string>());
      for (const auto& [tag, meaning] : file.at("tags").items())
        result.notes.push_back(tag + ": " + meaning.get<std::string>() + ".");
      table = std::move(result);
    } catch (const Json::exception& error) {
      throw Error(std::string("the file has not the form of published results: ") + error.what())
          .during("reading " + params_.file.path);
    } catch (Error& error) {
      throw error.during("reading " + params_.file.path);
    }
  }

 private:
  const Json& table_named(const Json& tables) const {
    std::vector<std::string> known;
    for (const auto& one : tables) {
      known.push_back(one.at("name").get<std::string>());
      if (known.back() == params_.which) return one;
    }
    throw Error(fmt::format("there are no published results '{}', only {}", params_.which, fmt::join(known, ", ")),
                did_you_mean(params_.which, known));
  }

  static std::string tag_of(const Json& row, const std::string& column) {
    const Json exceptions = row.value("except", Json::object());
    return exceptions.value(column, row.at("tag").get<std::string>());
  }

  /// "published; unverified: two_way_alex2" and whether anything is unverified.
  static std::pair<std::string, bool> verification(const Json& row, const std::vector<std::string>& columns) {
    std::map<std::string, std::vector<std::string>> others;  // tag -> columns that differ from the row's
    bool unverified = row.at("tag") == "unverified";
    for (const auto& column : columns)
      if (const std::string tag = tag_of(row, column); row.at("tag") != tag) others[tag].push_back(column), unverified |= tag == "unverified";
    std::string text = row.at("tag");
    for (const auto& [tag, which] : others) text += fmt::format("; {}: {}", tag, fmt::join(which, ", "));
    return {text, unverified};
  }

  static void add(Table& result, const Json& published) {
    const std::vector<std::string> columns = published.at("columns");
    const Json units = published.value("units", Json::object());
    const auto declared = [&](const std::string& name) {
      return std::any_of(result.columns.begin(), result.columns.end(), [&](const Column& column) { return column.name == name; });
    };
    for (const auto& column : columns)
      if (!declared(column)) result.column(column);
    result.column("verification");
    for (const auto& row : published.at("rows")) {
      const auto [text, unverified] = verification(row, columns);
      Row entry{fmt::format("{} ({})", row.at("method").get<std::string>(), unverified ? "unverified" : "published"), {}};
      const std::vector<double> values = row.at("values");
      if (values.size() != columns.size())
        throw Error(fmt::format("'{}' has {} values for {} columns", entry.name, values.size(), columns.size()));
      for (size_t i = 0; i < columns.size(); ++i)
        entry.cells[columns[i]] = units.value(columns[i], "") == "percent" ? values[i] / 100 : values[i];
      entry.cells["verification"] = text;
      result.rows.push_back(std::move(entry));
    }
  }

  /// No row is ranked: the published were not scored under the own protocol. What is known of theirs, as footnotes.
  void apart(Table& result, const Json& published) const {
    for (auto& column : result.columns) column.better.clear();
    result.protocol = Json::object();
    result.split = scores->split;
    std::map<std::string, std::vector<std::string>> by_protocol;
    for (const auto& row : published.at("rows")) {
      Json known = published.at("protocol");
      known.update(row.value("protocol", Json::object()));
      by_protocol[known.dump()].push_back(row.at("method").get<std::string>());
    }
    result.notes.push_back("Published rows were scored by others, so rows are not ranked. Own rows: protocol " +
                           protocol_digest(scores->protocol) + ", " + summary(scores->protocol) + ".");
    for (const auto& [protocol, methods] : by_protocol)
      result.notes.push_back(fmt::format("{}: {}.", fmt::join(methods, ", "), summary(Json::parse(protocol))));
  }

  /// "1000 images, subjects 1, 2, 5, 7, 40 hours": what a reader compares first.
  static std::string summary(const Json& protocol) {
    std::vector<std::string> parts;
    const auto text = [](const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
    for (const char* key : {"name", "data", "images", "subjects", "hours", "sessions", "repeats", "list", "preparation", "score", "test"})
      if (protocol.contains(key)) parts.push_back(std::string(key) + " " + text(protocol.at(key)));
    return parts.empty() ? "protocol not stated" : fmt::format("{}", fmt::join(parts, "; "));
  }

  PublishedParams params_;
};

BGRAPH_NODE(Published, "metrics.published")

}  // namespace bgraph::metrics

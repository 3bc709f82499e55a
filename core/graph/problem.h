// What is wrong with a graph: every problem of one check, told with its line and a caret.
#pragma once

#include <bgraph/sdk/contract/error.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bgraph::graph {

/// A stretch of one line of a graph file; columns and widths count characters, not bytes.
struct Span {
  Place place;
  int width = 1;

  /// A whole file, or an option of the command line: no line to quote.
  static Span whole(const std::string& name);
};

struct Problem {
  Span span;
  std::string message;             // what is wrong, with both values
  std::vector<std::string> notes;  // where the other value comes from, one line each
  std::string fix;                 // how to put it right, or the nearest spelling; may be empty
};

/// The texts that were read, for quoting; they rank problems in the order of reading.
class Sources {
 public:
  void add(const std::string& file, std::string_view text);
  size_t rank(const std::string& file) const;
  std::string line(const Place& place) const;  // "" when it is not known

 private:
  struct Text {
    size_t rank = 0;
    std::string text;
    std::vector<size_t> lines;  // where each begins
  };
  std::map<std::string, Text> texts_;
};

/// Problems in the order of their places, each told once:
///   graph.toml:4:7: error: node 'c' (clusters.gmm): parameter 'k': expected at least 1, found 0
///     4 | k = 0
///       |     ^
///     fix: ...
std::string spell(std::vector<Problem> problems, const Sources& sources);

/// Thrown where a wrong graph must not go on. `report()` is the whole text for people.
class WrongGraph : public Error {
 public:
  WrongGraph(const std::string& file, std::vector<Problem> problems, const Sources& sources);
  const std::string& report() const { return report_; }

 private:
  WrongGraph(const std::string& file, const std::vector<std::string>& told);
  std::string report_;
};

}  // namespace bgraph::graph

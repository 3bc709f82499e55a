#include <bgraph/core/graph/problem.h>

#include <bgraph/core/graph/quote.h>

#include <algorithm>
#include <limits>
#include <tuple>

namespace bgraph::graph {

Span Span::whole(const std::string& name) {
  Span span;
  span.place.file = name;
  return span;
}

void Sources::add(const std::string& file, std::string_view text) {
  Text entry{texts_.size(), std::string(text), {0}};
  for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n', end + 1)) entry.lines.push_back(end + 1);
  texts_.emplace(file, std::move(entry));
}

size_t Sources::rank(const std::string& file) const {
  const auto found = texts_.find(file);
  return found == texts_.end() ? std::numeric_limits<size_t>::max() : found->second.rank;
}

std::string Sources::line(const Place& place) const {
  const auto found = texts_.find(place.file);
  if (found == texts_.end() || place.line < 1) return {};
  const auto& [rank, text, lines] = found->second;
  const auto index = static_cast<size_t>(place.line - 1);
  if (index >= lines.size()) return {};
  std::string line = text.substr(lines[index], text.find('\n', lines[index]) - lines[index]);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

namespace {

std::string spell(const Problem& problem, const Sources& sources) {
  const std::string where = problem.span.place.str();
  std::string text = (where.empty() ? "" : where + ": ") + "error: " + problem.message;
  const Place& place = problem.span.place;
  text += quote(sources.line(place), place.line, place.column, problem.span.width);
  for (const auto& note : problem.notes) text += "\n  " + note;
  if (!problem.fix.empty()) text += "\n  fix: " + problem.fix;
  return text + "\n";
}

std::string count_of(size_t problems) {
  return problems == 1 ? "1 error" : std::to_string(problems) + " errors";
}

/// Each problem as text, in the order of the places.
std::vector<std::string> tell(std::vector<Problem> problems, const Sources& sources) {
  const auto order = [&](const Problem& problem) {
    const Place& place = problem.span.place;
    return std::tuple(sources.rank(place.file), place.file, place.line, place.column);
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const Problem& a, const Problem& b) { return order(a) < order(b); });
  std::vector<std::string> told;
  for (const auto& problem : problems) {
    std::string text = spell(problem, sources);
    if (std::find(told.begin(), told.end(), text) == told.end()) told.push_back(std::move(text));
  }
  return told;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += text;
  return all;
}

}  // namespace

std::string spell(std::vector<Problem> problems, const Sources& sources) {
  return joined(tell(std::move(problems), sources));
}

WrongGraph::WrongGraph(const std::string& file, std::vector<Problem> problems,
                       const Sources& sources)
    : WrongGraph(file, tell(std::move(problems), sources)) {}

WrongGraph::WrongGraph(const std::string& file, const std::vector<std::string>& told)
    : Error(file + ": " + count_of(told.size())), report_(joined(told) + what() + "\n") {}

}  // namespace bgraph::graph

// The gallery of graphs that must fail: each file of tests/graphs/errors says what it gets, word for word.
//
//   # what is wrong                                  first lines
//   #! --profile papr --set clusters.k=0             command line, if any
//   [graph] ...
//   #| graph.toml:4:7: error: ...                    the expected text, last lines
//
// A line that ends in "..." stands for any rest: the words of the TOML library differ between
// versions. BGRAPH_ACCEPT=1 writes what is found into the files instead: for reading the difference in review.
#include "fixture.h"

#include <bgraph/sdk/testing/catch.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace bgraph::graph {

namespace {

std::vector<std::string> gallery() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(graphs_folder() / "errors"))
    if (entry.path().extension() == ".toml") files.push_back(entry.path().filename().string());
  std::sort(files.begin(), files.end());
  return files;
}

/// The lines of a file that begin with a mark, without it.
std::string marked(const std::string& text, const std::string& mark) {
  std::istringstream lines(text);
  std::string found;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(mark))
      found += (line.size() > mark.size() ? line.substr(mark.size() + 1) : "") + "\n";
  return found;
}

Choices choices_of(const std::string& text) {
  std::istringstream words(marked(text, "#!"));
  Choices choices;
  for (std::string option, value; words >> option >> value;) {
    if (option == "--profile") choices.profile = value;
    if (option == "--set") choices.sets.push_back(value);
    if (option == "--data") choices.data = value;
  }
  return choices;
}

std::string outcome(const std::string& file, const Choices& choices) {
  try {
    load(file, fixture_nodes(), choices).require_right();
    return "no error\n";
  } catch (const WrongGraph& wrong) {
    return wrong.report();
  }
}

/// Whether the text is the expected one, line by line.
bool matches(const std::string& found, const std::string& expected) {
  std::istringstream found_lines(found), expected_lines(expected);
  std::string line, wanted;
  while (std::getline(expected_lines, wanted)) {
    if (!std::getline(found_lines, line)) return false;
    const bool open = wanted.ends_with("...");
    if (open) wanted.resize(wanted.size() - 3);
    if (open ? !line.starts_with(wanted) : line != wanted) return false;
  }
  return !std::getline(found_lines, line);
}

void accept(const std::string& file, const std::string& text, const std::string& found) {
  std::istringstream lines(text), report(found);
  std::string updated;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("#|")) updated += line + "\n";
  for (std::string line; std::getline(report, line);) updated += "#| " + line + "\n";
  std::ofstream(file, std::ios::binary) << updated;
}

}  // namespace

TEST_CASE("every graph of the gallery fails with its text", "[core][graph][errors]") {
  std::filesystem::current_path(graphs_folder() / "errors");  // places are told relative to it
  for (const auto& file : gallery()) {
    const std::string text = text_of(file);
    const std::string found = outcome(file, choices_of(text));
    // BGRAPH_ACCEPT: set to make the expected texts those found.
    if (std::getenv("BGRAPH_ACCEPT") && !matches(found, marked(text, "#|")))
      accept(file, text, found);
    const std::string expected = marked(text_of(file), "#|");
    INFO(file << " got\n" << found << "\nexpected\n" << expected);
    CHECK(matches(found, expected));
  }
}

TEST_CASE("the gallery has at least sixty graphs", "[core][graph][errors]") {
  CHECK(gallery().size() >= 60);
}

}  // namespace bgraph::graph

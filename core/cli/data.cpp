// bgraph data: what the data sets are, what a graph needs of them, and whether a folder is laid out right.
//
//   data ls             the data sets there are cards for
//   data card NAME      licence, citation, terms, where to request it, layout
//   data plan GRAPH     every file the graph reads, its size, and what is missing
//   data check DIR      every file of the layout: there, of the right shape, how many NaN (the files are opened in a worker)
//
// Nothing is ever downloaded.
#include <bgraph/core/cli/cards.h>
#include <bgraph/core/cli/data_check.h>
#include <bgraph/core/cli/data_plan.h>
#include <bgraph/core/cli/verbs.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

namespace bgraph::cli {

namespace {

int list() {
  for (const auto& one : cards()) fmt::print("{:<12} {:<44} {:<18} {}\n", one.name, one.title, one.reader, one.size);
  return kSuccess;
}

/// Files of one kind, which differ in subject, side or session, are one line.
std::map<std::string, size_t> kinds(const Card& card) {
  std::map<std::string, size_t> counts;
  for (const auto& file : card.files) ++counts[file.what];
  return counts;
}

int show(const std::string& name) {
  const Card& one = card(name);
  fmt::print("{}\n{}\n\n", one.name, one.title);
  for (const auto& [label, text] : std::initializer_list<std::pair<const char*, const std::string&>>{
           {"licence", one.licence}, {"terms", one.terms}, {"cite", one.citation}, {"request", one.request}, {"read with", one.reader}, {"size", one.size}})
    fmt::print("{:<10} {}\n", label, text);
  if (!one.files.empty()) fmt::print("\nfiles\n");
  for (const auto& [what, count] : kinds(one)) {
    const auto first = std::find_if(one.files.begin(), one.files.end(), [&](const CardFile& file) { return file.what == what; });
    fmt::print("  {}{}\n    {}\n", what, count > 1 ? fmt::format(" ({} files)", count) : "", first->path);
  }
  return kSuccess;
}

}  // namespace

void add_data(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("data", "Data sets: what they are, what a graph needs, whether a folder is right");
  verb->require_subcommand(1);
  verb->add_subcommand("ls", "The data sets there are cards for")->callback([&action] { action = list; });
  auto name = std::make_shared<std::string>();
  Verb* card_verb = verb->add_subcommand("card", "Licence, citation, terms and layout of a data set");
  card_verb->add_option("name", *name, "As `data ls` names it")->required();
  card_verb->callback([name, &action] { action = [name] { return show(*name); }; });
  add_data_plan(*verb, action);
  add_data_check(*verb, action);
}

}  // namespace bgraph::cli

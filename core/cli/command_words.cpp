#include <bgraph/core/cli/command_words.h>

#include <bgraph/sdk/contract/error.h>

#include <CLI/CLI.hpp>

#include <algorithm>

namespace bgraph::cli {

using Words = std::vector<std::string>;

Words verbs_of(const CLI::App& app) {
  Words names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!verb->get_name().empty() && !verb->get_group().empty()) names.push_back(verb->get_name());
  return names;
}

Words options_of(const CLI::App& verb) {
  Words names;
  for (const CLI::Option* option : verb.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  for (const CLI::App* group : verb.get_subcommands([](const CLI::App* sub) { return sub->get_name().empty(); }))
    for (const auto& name : options_of(*group)) names.push_back(name);
  return names;
}

CLI::App* inner_verb(CLI::App& verb, const std::string& name) {
  const auto found = verb.get_subcommands([&](const CLI::App* sub) { return !name.empty() && sub->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

std::string unknown_word(CLI::App& app, const Words& words) {
  const auto told = [](const std::string& what, const std::string& word, const Words& known) {
    const std::string hint = did_you_mean(word, known);
    return what + " '" + word + "'\n  fix: " + (hint.empty() ? "`bgraph --help` lists verbs, `bgraph VERB --help` options" : hint) + "\n";
  };
  CLI::App* verb = &app;
  std::string said = "bgraph";
  for (const auto& word : words) {
    if (word.starts_with("-")) {
      const std::string option = word.substr(0, word.find('='));
      const Words known = options_of(*verb);
      if (option.starts_with("--") && std::find(known.begin(), known.end(), option) == known.end())
        return told(said + " has no option", option, known);
    } else if (CLI::App* inner = inner_verb(*verb, word)) {
      verb = inner, said += " " + word;
    } else if (const Words known = verbs_of(*verb); !known.empty()) {
      return told(said + " has no verb", word, known);
    }
  }
  return {};
}

}  // namespace bgraph::cli

// Which words the command line knows: verbs, and the options of each; what to say of one it does not.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bgraph::cli {

std::vector<std::string> verbs_of(const CLI::App& app);
std::vector<std::string> options_of(const CLI::App& verb);  // "--profile", ...

/// The verb that is so called below another; null if there is none.
CLI::App* inner_verb(CLI::App& verb, const std::string& name);

/// What is wrong with words that name a verb or an option there is none of, and the nearest one; "" if they do neither.
std::string unknown_word(CLI::App& app, const std::vector<std::string>& words);

}  // namespace bgraph::cli

// The command line as verbs declare it. CLI11, which parses it, is known to verb.cpp, candidates.cpp and main.cpp
// alone: its headers cost every file that includes them three seconds.
//
//   Verb* verb = app.add_subcommand("diff", "Find the first value in which two runs differ, and why");
//   verb->add_option("--runs", options->runs, "Folder of runs")->capture_default_str();
//
// Names and meaning are those of CLI11.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace bgraph::cli {

/// What a value must be.
enum class Check { positive, non_negative, existing_path, existing_file };

class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option* required();
  Option* capture_default_str();         // help shows the value it has now
  Option* allow_extra_args(bool allow);  // false: a list takes one word each time it is given
  Option* delimiter(char letter);        // a list may be one word: 0,1,2
  Option* envname(const std::string& variable);
  Option* check(Check what);
  Option* excludes(Option* other);
  Option* as_size();  // "20G" is bytes

 private:
  CLI::Option* option_;
};

class Verb {
 public:
  explicit Verb(CLI::App* app) : app_(app) {}
  Verb(const Verb&) = delete;
  Verb& operator=(const Verb&) = delete;

  Verb* add_subcommand(const std::string& name, const std::string& help);
  Verb* get_subcommand(const std::string& name);
  Verb* add_option_group(const std::string& name);

  /// Of std::string, path, int, int64_t, uint64_t and double; of lists of these; of std::optional<int64_t>.
  template <class T>
  Option* add_option(const std::string& name, T& value, const std::string& help);
  Option* add_flag(const std::string& name, bool& value, const std::string& help);
  Option* add_flag(const std::string& name, std::string& value, const std::string& help);  // "--published{nsd}"

  void footer(const std::string& text);
  void callback(std::function<void()> chosen);
  void require_subcommand(int count);
  void require_option(int least, int most);

 private:
  CLI::App* app_;
  std::deque<Verb> verbs_;  // where they lie they stay
  std::deque<Option> options_;
};

}  // namespace bgraph::cli

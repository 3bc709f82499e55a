#include <bgraph/core/cli/verb.h>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace bgraph::cli {

namespace {

const CLI::Validator& validator(Check what) {
  switch (what) {
    case Check::positive: return CLI::PositiveNumber;
    case Check::non_negative: return CLI::NonNegativeNumber;
    case Check::existing_path: return CLI::ExistingPath;
    case Check::existing_file: break;
  }
  return CLI::ExistingFile;
}

}  // namespace

Option* Option::required() {
  option_->required();
  return this;
}

Option* Option::capture_default_str() {
  option_->capture_default_str();
  return this;
}

Option* Option::allow_extra_args(bool allow) {
  option_->allow_extra_args(allow);
  return this;
}

Option* Option::delimiter(char letter) {
  option_->delimiter(letter);
  return this;
}

Option* Option::envname(const std::string& variable) {
  option_->envname(variable);
  return this;
}

Option* Option::check(Check what) {
  option_->check(validator(what));
  return this;
}

Option* Option::excludes(Option* other) {
  option_->excludes(other->option_);
  return this;
}

Option* Option::as_size() {
  option_->transform(CLI::AsSizeValue(false));
  return this;
}

Verb* Verb::add_subcommand(const std::string& name, const std::string& help) {
  return &verbs_.emplace_back(app_->add_subcommand(name, help));
}

Verb* Verb::get_subcommand(const std::string& name) { return &verbs_.emplace_back(app_->get_subcommand(name)); }

Verb* Verb::add_option_group(const std::string& name) { return &verbs_.emplace_back(app_->add_option_group(name)); }

template <class T>
Option* Verb::add_option(const std::string& name, T& value, const std::string& help) {
  return &options_.emplace_back(app_->add_option(name, value, help));
}

template Option* Verb::add_option(const std::string&, std::string&, const std::string&);
template Option* Verb::add_option(const std::string&, std::filesystem::path&, const std::string&);
template Option* Verb::add_option(const std::string&, int&, const std::string&);
template Option* Verb::add_option(const std::string&, int64_t&, const std::string&);
template Option* Verb::add_option(const std::string&, uint64_t&, const std::string&);
template Option* Verb::add_option(const std::string&, double&, const std::string&);
template Option* Verb::add_option(const std::string&, std::optional<int64_t>&, const std::string&);
template Option* Verb::add_option(const std::string&, std::vector<std::string>&, const std::string&);
template Option* Verb::add_option(const std::string&, std::vector<std::filesystem::path>&, const std::string&);
template Option* Verb::add_option(const std::string&, std::vector<int64_t>&, const std::string&);

Option* Verb::add_flag(const std::string& name, bool& value, const std::string& help) {
  return &options_.emplace_back(app_->add_flag(name, value, help));
}

Option* Verb::add_flag(const std::string& name, std::string& value, const std::string& help) {
  return &options_.emplace_back(app_->add_flag(name, value, help));
}

void Verb::footer(const std::string& text) { app_->footer(text); }

void Verb::callback(std::function<void()> chosen) { app_->callback(std::move(chosen)); }

void Verb::require_subcommand(int count) { app_->require_subcommand(count); }

void Verb::require_option(int least, int most) {
  app_->require_option(static_cast<size_t>(least), static_cast<size_t>(most));
}

}  // namespace bgraph::cli

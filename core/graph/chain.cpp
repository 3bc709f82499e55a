#include <bgraph/core/graph/chain.h>

#include <bgraph/core/graph/merge.h>
#include <bgraph/core/graph/paths.h>
#include <bgraph/core/graph/shape.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace bgraph::graph {

namespace {

/// Takes `extends` out of a document or a profile, from the top or from [graph]. `what` it names: "the path of one graph".
std::optional<Value> take_extends(Value& document, const char* what, std::vector<Problem>& problems) {
  std::optional<Value> found;
  Value* settings = document.find("graph");
  for (Value* table : {&document, settings}) {
    const Value* extends = table ? table->find("extends") : nullptr;
    if (!extends) continue;
    if (!extends->is_text())
      problems.push_back({extends->span, fmt::format("'extends' is {}, found {}", what,
                                                     extends->json().dump())});
    else if (found)
      problems.push_back({extends->span, fmt::format("'extends' is given twice: \"{}\" and \"{}\"",
                                                     found->text(), extends->text())});
    else
      found = *extends;
    table->erase("extends");
  }
  return found;
}

std::string same_file(const std::filesystem::path& file) {
  std::error_code unknown;
  const auto canonical = std::filesystem::weakly_canonical(file, unknown);
  return unknown ? file.string() : canonical.string();
}

}  // namespace

Value Chain::with_bases(const std::filesystem::path& file, std::vector<std::string> chain) {
  Value document = read_document(file, sources_);
  check_shape(document, problems_);
  chain.push_back(file.string());
  Value merged;
  if (const auto extends = take_extends(document, "the path of one graph", problems_)) {
    const auto base = beside(extends->span.place, extends->text());
    std::error_code unknown;
    const auto repeats = std::find_if(chain.begin(), chain.end(), [&](const std::string& link) {
      return same_file(link) == same_file(base);
    });
    if (repeats != chain.end()) {
      problems_.push_back(
          {extends->span, fmt::format("graphs extend each other: {} -> {}",
                                      fmt::join(repeats, chain.end(), " -> "), *repeats)});
    } else if (!std::filesystem::is_regular_file(base, unknown)) {
      problems_.push_back({extends->span,
                           fmt::format("there is no graph {} to extend", base.string()),
                           {},
                           did_you_mean_file(base)});
    } else {
      merged = with_bases(base, chain);
    }
  }
  merge_document(merged, std::move(document), Onto::graph, problems_);
  return merged;
}

Value Chain::read(const std::filesystem::path& file) {
  Value document = with_bases(file, {});
  const Value* profiles = document.find("profiles");
  if (!profiles) return document;
  for (const auto& name : keys_of(*profiles)) profiles_seen_.push_back(name);
  if (profiles->find(profile_)) {
    profile_found_ = true;
    lay(document, Value(*profiles), profile_, {});
  }
  return document;
}

void Chain::lay(Value& document, const Value& profiles, const std::string& name, std::vector<std::string> chain) {
  Value overlay = *profiles.find(name);
  chain.push_back(name);
  if (const auto extends = take_extends(overlay, "the name of one profile", problems_)) {
    const auto repeats = std::find(chain.begin(), chain.end(), extends->text());
    if (repeats != chain.end())
      problems_.push_back({extends->span, fmt::format("profiles extend each other: {} -> {}",
                                                      fmt::join(repeats, chain.end(), " -> "), *repeats)});
    else if (!profiles.find(extends->text()))
      problems_.push_back({extends->span,
                           fmt::format("there is no profile '{}' to extend", extends->text()),
                           {},
                           did_you_mean(extends->text(), profiles_seen_)});
    else
      lay(document, profiles, extends->text(), chain);
  }
  set_layer(overlay, "profile " + name);
  merge_document(document, std::move(overlay), Onto::graph, problems_);
}

Value Chain::read_named(const std::filesystem::path& file, const Span& span) {
  std::error_code unknown;
  if (std::filesystem::is_regular_file(file, unknown)) return read(file);
  problems_.push_back(
      {span, fmt::format("there is no graph {}", file.string()), {}, did_you_mean_file(file)});
  return {};
}

}  // namespace bgraph::graph

#include <bgraph/core/cli/building.h>

#include <bgraph/core/graph/paths.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/model_file.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

namespace bgraph::cli {

namespace fs = std::filesystem;

namespace {

void each_text(const graph::Value& value, const std::function<void(const graph::Value&)>& take) {
  if (value.is_text()) take(value);
  for (const auto& item : value.items) each_text(item, take);
  for (const auto& entry : value.entries) each_text(entry.value, take);
}

void add_components(const Json& recipe, std::set<std::string>& types) {
  if (!recipe.is_object()) return;
  if (const auto component = recipe.find("component"); component != recipe.end() && component->is_string())
    types.insert(component->get<std::string>());
  if (const auto parts = recipe.find("parts"); parts != recipe.end())
    for (const auto& part : *parts) add_components(part, types);
}

}  // namespace

bool build(const std::set<std::string>& plugins) {
  // BGRAPH_BUILDER: program that builds plugins (`BUILDER build PLUGIN...`); the bootstrap script sets it to itself.
  const char* builder = std::getenv("BGRAPH_BUILDER");
  if (builder == nullptr || *builder == '\0' || plugins.empty()) return false;
  std::vector<std::string> words = {builder, "build"};
  words.insert(words.end(), plugins.begin(), plugins.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (const int failed = ::posix_spawn(&child, builder, nullptr, nullptr, arguments.data(), environ); failed != 0)
    throw Error(fmt::format("cannot start {} (BGRAPH_BUILDER): {}", builder, std::strerror(failed)));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw Error("the plugins that are needed could not be built");
  return true;
}

std::set<std::string> components_in(const fs::path& file) {
  std::set<std::string> types;
  try {
    const MappedFile mapped(file);
    const auto metadata = parse_safetensors(mapped.bytes(), file.string()).metadata;
    if (const auto recipe = metadata.find(kRecipeMetadata); recipe != metadata.end())
      add_components(Json::parse(recipe->second, nullptr, false), types);
  } catch (const Error&) {
    // Not there, or no such file: whoever reads it says so.
  }
  return types;
}

std::set<std::string> types_named(const graph::Resolved& resolved, const fs::path& data,
                                  const registry::DeclaredPlugins& declared) {
  std::set<std::string> types;
  const auto take = [&](const graph::Value& value) {
    const std::string text = value.text();
    if (declared.offers(text)) types.insert(text);
    if (!text.ends_with(".safetensors")) return;
    if (const auto file = graph::with_data(text, data)) types.merge(components_in(graph::beside(value.span.place, *file)));
  };
  for (const auto& node : resolved.nodes) each_text(node.value, take);
  each_text(resolved.sweep, take);
  return types;
}

}  // namespace bgraph::cli

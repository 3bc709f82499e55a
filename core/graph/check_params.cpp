// Parameters of a node against what its plugin declares; paths are looked for where they were written.
#include <bgraph/core/graph/checking.h>
#include <bgraph/core/graph/paths.h>
#include <bgraph/core/graph/shape.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace bgraph::graph {

namespace {

bool is_path(const ParamSpec& spec) {
  return spec.kind == ParamKind::file || spec.kind == ParamKind::folder;
}

/// Absolute path of a file or folder parameter; "" once something is wrong.
std::string checked_path(Checking& checking, const Owner& owner, const ParamSpec& spec,
                         const Value& value) {
  const auto text = with_data(value.text(), checking.choices.data);
  if (!text) {
    checking.report(value.span,
                    fmt::format("{}: parameter '{}' needs the data folder, which is not known",
                                owner(), spec.name),
                    "--data DIR, or set BGRAPH_DATA");
    return {};
  }
  if (text->empty()) return {};  // the declared way to say "none"
  const auto path = std::filesystem::absolute(beside(value.span.place, *text));
  std::error_code unknown;
  const bool folder = spec.kind == ParamKind::folder;
  const bool there = folder ? std::filesystem::is_directory(path, unknown)
                            : std::filesystem::is_regular_file(path, unknown);
  if (there) return path.string();
  const bool other = std::filesystem::exists(path, unknown);
  checking.report(
      value.span,
      fmt::format("{}: parameter '{}': {} \"{}\" {}", owner(), spec.name, folder ? "folder" : "file",
                  *text,  // with the data folder in place
                  other ? (folder ? "is not a folder" : "is not a file") : "does not exist"),
      other ? "" : did_you_mean_file(path));
  return {};
}

}  // namespace

Json checked_param(Checking& checking, const Owner& owner, const ParamSpec& spec,
                   const Value& value) {
  Json json = value.json();
  const std::string problem = param_problem(spec, json);
  if (!problem.empty()) {
    checking.report(
        value.span, fmt::format("{}: parameter '{}': {}", owner(), spec.name, problem), {},
        spec.doc.empty() ? std::vector<std::string>{} : std::vector{spec.name + ": " + spec.doc});
    return nullptr;
  }
  return is_path(spec) ? Json(checked_path(checking, owner, spec, value)) : json;
}

void check_params(Checking& checking, size_t node, const Value& table) {
  const NodeSpec& spec = *checking.specs[node];
  const Owner owner = [&] { return checking.label(node); };
  const auto& reserved = reserved_node_keys();
  auto& params = checking.graph.nodes[node].params;
  for (const auto& entry : table.entries) {
    if (std::find(reserved.begin(), reserved.end(), entry.key) != reserved.end()) continue;
    const auto known =
        std::find_if(spec.params.begin(), spec.params.end(),
                     [&](const ParamSpec& param) { return param.name == entry.key; });
    if (known != spec.params.end()) {
      params[entry.key] = {checked_param(checking, owner, *known, entry.value),
                           entry.value.span.place, entry.value.origin()};
      continue;
    }
    auto candidates = names_of(spec.params);
    candidates.insert(candidates.end(), reserved.begin(), reserved.end());
    const Value* type = table.find("type");
    const bool older_type = type && (type->span.place.file != entry.value.span.place.file ||
                                     type->layer != entry.value.layer);
    std::string fix = did_you_mean(entry.key, candidates);
    if (spec.input(entry.key))
      fix = fmt::format("'{0}' is an input: inputs = {{ {0} = ... }}", entry.key);
    else if (fix.empty() && older_type)
      fix = fmt::format("the type was set in {}; `replace = true` there drops what came before",
                        type->origin());
    checking.report(entry.span, fmt::format("{} has no parameter '{}'", owner(), entry.key), fix);
  }
  for (const auto& param : spec.params)
    if (param.fallback.is_null() && !table.find(param.name))
      checking.report(checking.resolved.nodes[node].span,
                      fmt::format("{}: parameter '{}' must be given", owner(), param.name), {},
                      {fmt::format("{} ({}): {}", param.name, to_text(param.kind), param.doc)});
}

}  // namespace bgraph::graph

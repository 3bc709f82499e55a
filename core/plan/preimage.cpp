#include <bgraph/core/plan/preimage.h>

#include <bgraph/core/store/folder_files.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors_index.h>
#include <bgraph/sdk/contract/version.h>

#include <cmath>

namespace bgraph::plan {

namespace {

void require_finite(const std::string& name, const Json& value) {
  if (value.is_structured())
    for (const auto& element : value) require_finite(name, element);
  // JSON has no infinity: two different parameters would share a key.
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    throw Error("parameter '" + name + "' must be finite");
}

Json content_of(const ParamSpec& spec, const Json& params, const store::FileMemo& files) {
  const auto text = params.at(spec.name).get<std::string>();
  if (text.empty()) return "";  // an optional file that was not given
  try {
    if (spec.kind == ParamKind::folder)
      return {{"content", files.digest_of_folder(text, store::filled_patterns(spec.files, params)).hex()}};
    if (!is_safetensors_index(text)) return {{"content", files.digest_of(text).hex()}};
    FieldHasher hasher;  // an index stands for its shards
    hasher.digest("index", files.digest_of(text));
    for (const auto& shard : shards_of(text)) hasher.digest("shard", files.digest_of(shard));
    return {{"content", hasher.finish().hex()}};
  } catch (Error& error) {
    throw error.during("reading parameter '" + spec.name + "'");
  }
}

// Walks a JSON value so that nesting, types and lengths all enter.
void add_value(FieldHasher& hasher, const std::string& tag, const Json& value) {
  if (value.is_object()) {
    hasher.integer(tag + ":object", static_cast<int64_t>(value.size()));
    for (const auto& [name, member] : value.items()) {
      hasher.text("name", name);
      add_value(hasher, tag, member);
    }
  } else if (value.is_array()) {
    hasher.integer(tag + ":list", static_cast<int64_t>(value.size()));
    for (const auto& element : value) add_value(hasher, tag, element);
  } else {
    hasher.text(tag + ":" + value.type_name(), value.dump());  // dump() writes the shortest exact form
  }
}

}  // namespace

Json key_params(const std::vector<ParamSpec>& specs, const Json& params, const store::FileMemo& files) {
  Json semantic = Json::object();
  for (const auto& spec : specs) {
    if (spec.operational) continue;
    const Json& value = params.at(spec.name);
    require_finite(spec.name, value);
    const bool on_disk = spec.kind == ParamKind::file || spec.kind == ParamKind::folder;
    semantic[spec.name] = on_disk ? content_of(spec, params, files) : value;
  }
  return semantic;
}

Json preimage(const Recipe& recipe, const std::map<std::string, std::vector<Digest>>& inputs,
              const std::optional<Chunk>& chunk) {
  Json ports = Json::object();
  for (const auto& [port, digests] : inputs) {
    ports[port] = Json::array();
    for (const auto& digest : digests) ports[port].push_back(digest.hex());
  }
  Json fields = {{"type", recipe.type},     {"plugin", recipe.build_id},
                 {"numerics", kNumericsVersion}, {"params", recipe.params},
                 {"inputs", ports},
                 {"device", recipe.device.substr(0, recipe.device.find(':'))},
                 {"precision", recipe.precision}};
  if (recipe.draws) {
    fields["seed"] = recipe.seed;
    fields["stream"] = recipe.stream;
  }
  if (chunk) fields["chunk"] = {chunk->begin, chunk->end};
  return fields;
}

std::string key_of(const Json& preimage) {
  FieldHasher hasher;
  for (const auto& [name, value] : preimage.items()) add_value(hasher, name, value);
  return hasher.finish().hex();
}

}  // namespace bgraph::plan

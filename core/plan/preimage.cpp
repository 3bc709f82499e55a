#include <bgraph/core/plan/preimage.h>

#include <bgraph/core/store/folder_files.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors_index.h>
#include <bgraph/sdk/contract/version.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

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

/// Every field of a preimage, in the order of names.
template <class Take>
void each_field(const Recipe& recipe, const Inputs& inputs, const std::optional<Chunk>& chunk, Take&& take) {
  if (chunk) take("chunk", *chunk);
  take("device", std::string_view(recipe.device).substr(0, recipe.device.find(':')));
  take("inputs", inputs);
  take("numerics", kNumericsVersion);
  take("params", recipe.params);
  take("plugin", std::string_view(recipe.build_id));
  take("precision", std::string_view(recipe.precision));
  if (recipe.draws) {
    take("seed", recipe.seed);
    take("stream", std::string_view(recipe.stream));
  }
  take("type", std::string_view(recipe.type));
}

struct Record {
  Json fields = Json::object();

  void operator()(const char* name, const Chunk& chunk) { fields[name] = {chunk.begin, chunk.end}; }
  void operator()(const char* name, const Inputs& inputs) {
    Json& ports = fields[name] = Json::object();
    for (const auto& [port, digests] : inputs) {
      ports[port] = Json::array();
      for (const auto& digest : digests) ports[port].push_back(digest.hex());
    }
  }
  template <class Value>
  void operator()(const char* name, const Value& value) { fields[name] = value; }
};

/// Hashes what Record writes down: nesting, types and lengths all enter.
class Key {
 public:
  std::string hex() { return hasher_.finish().hex(); }

  void operator()(const std::string& tag, const Chunk& chunk) {
    hasher_.integer(tag + ":list", 2);
    (*this)(tag, chunk.begin), (*this)(tag, chunk.end);
  }
  void operator()(const std::string& tag, const Inputs& inputs) {
    hasher_.integer(tag + ":object", static_cast<int64_t>(inputs.size()));
    for (const auto& [port, digests] : inputs) {
      hasher_.text("name", port);
      hasher_.integer(tag + ":list", static_cast<int64_t>(digests.size()));
      for (const auto& digest : digests) (*this)(tag, std::string_view(digest.hex()));
    }
  }
  void operator()(const std::string& tag, int64_t value) { hasher_.text(tag + ":number", std::to_string(value)); }
  void operator()(const std::string& tag, std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; });
    std::string quoted;
    if (plain)  // as dump() would write it, without its cost
      quoted.append(1, '"').append(text).append(1, '"');
    else
      quoted = Json(text).dump();
    hasher_.text(tag + ":string", quoted);
  }
  void operator()(const std::string& tag, const Json& value) {
    if (value.is_object()) {
      hasher_.integer(tag + ":object", static_cast<int64_t>(value.size()));
      for (const auto& [name, member] : value.items()) {
        hasher_.text("name", name);
        (*this)(tag, member);
      }
    } else if (value.is_array()) {
      hasher_.integer(tag + ":list", static_cast<int64_t>(value.size()));
      for (const auto& element : value) (*this)(tag, element);
    } else if (value.is_string()) {
      (*this)(tag, std::string_view(value.get_ref<const std::string&>()));
    } else {
      hasher_.text(tag + ":" + value.type_name(), value.dump());  // dump() writes the shortest exact form
    }
  }

 private:
  FieldHasher hasher_;
};

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

Json preimage(const Recipe& recipe, const Inputs& inputs, const std::optional<Chunk>& chunk) {
  Record record;
  each_field(recipe, inputs, chunk, record);
  return std::move(record.fields);
}

std::string key_of(const Recipe& recipe, const Inputs& inputs, const std::optional<Chunk>& chunk) {
  Key key;
  each_field(recipe, inputs, chunk, key);
  return key.hex();
}

}  // namespace bgraph::plan

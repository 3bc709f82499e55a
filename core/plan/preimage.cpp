#include <bgraph/core/plan/preimage.h>

#include <bgraph/core/store/folder_files.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/field_bytes.h>
#include <bgraph/sdk/contract/json_text.h>
#include <bgraph/sdk/contract/safetensors_index.h>
#include <bgraph/sdk/contract/version.h>

#include <cmath>
#include <string_view>
#include <type_traits>

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

/// Every field of a recipe, in the order of names; `inputs` is called where those belong.
template <class Take, class Inputs>
void each_field(const Recipe& recipe, Take&& take, Inputs&& inputs) {
  take("device", std::string_view(recipe.device).substr(0, recipe.device.find(':')));
  inputs();
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

/// Writes JSON as the fields that are hashed: nesting, types and lengths all enter.
class Framing {
 public:
  explicit Framing(std::string& bytes) : bytes_(bytes) {}

  void list(std::string_view tag, size_t size) { field(tag, ":list", static_cast<int64_t>(size)); }
  void object(std::string_view tag, size_t size) { field(tag, ":object", static_cast<int64_t>(size)); }
  void name(std::string_view name) { append_field(bytes_, "name", name); }
  void number(std::string_view tag, int64_t value) { field(tag, ":number", std::to_string(value)); }
  void text(std::string_view tag, std::string_view text) {
    if (!is_plain(text)) return field(tag, ":string", Json(text).dump());
    append_field_head(bytes_, tag_.assign(tag).append(":string"), 's', text.size() + 2);  // as dump() would write it, without its cost
    bytes_.append(1, '"').append(text).append(1, '"');
  }
  void json(std::string_view tag, const Json& value) {
    if (value.is_object()) {
      object(tag, value.size());
      for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
        name(key);
        json(tag, member);
      }
    } else if (value.is_array()) {
      list(tag, value.size());
      for (const auto& element : value) json(tag, element);
    } else if (value.is_string()) {
      text(tag, value.get_ref<const std::string&>());
    } else {
      field(tag, std::string(":") + value.type_name(), scalar(value));
    }
  }

 private:
  /// As dump() writes it, without its cost for the commonest; of other numbers that is the shortest exact form.
  static std::string scalar(const Json& value) {
    if (value.is_number_unsigned()) return std::to_string(value.get<uint64_t>());
    if (value.is_number_integer()) return std::to_string(value.get<int64_t>());
    return value.dump();
  }
  template <class Value>
  void field(std::string_view tag, std::string_view kind, const Value& value) {
    append_field(bytes_, tag_.assign(tag).append(kind), value);
  }

  std::string& bytes_;
  std::string tag_;  // kept between fields
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
  Json fields = Json::object();
  each_field(recipe, [&](const char* name, const auto& value) { fields[name] = value; }, [&] {
    Json& ports = fields["inputs"] = Json::object();
    for (const auto& [port, digests] : inputs) {
      ports[port] = Json::array();
      for (const auto& digest : digests) ports[port].push_back(digest.hex());
    }
  });
  if (chunk) fields["chunk"] = {chunk->begin, chunk->end};
  return fields;
}

FramedRecipe framed(const Recipe& recipe) {
  FramedRecipe framed;
  framed.after.reserve(512);
  Framing before(framed.before), after(framed.after);
  Framing* framing = &before;
  const auto take = [&](const char* name, const auto& value) {
    using Value = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, Json>) framing->json(name, value);
    else if constexpr (std::is_integral_v<Value>) framing->number(name, value);
    else framing->text(name, value);
  };
  each_field(recipe, take, [&] { framing = &after; });
  return framed;
}

std::string key_of(const FramedRecipe& recipe, const Inputs& inputs, const std::optional<Chunk>& chunk) {
  std::string bytes;
  bytes.reserve(recipe.before.size() + recipe.after.size() + 256);
  Framing framing(bytes);
  if (chunk) {  // in the order of names it comes before all others
    framing.list("chunk", 2);
    framing.number("chunk", chunk->begin);
    framing.number("chunk", chunk->end);
  }
  bytes += recipe.before;
  framing.object("inputs", inputs.size());
  for (const auto& [port, digests] : inputs) {
    framing.name(port);
    framing.list("inputs", digests.size());
    for (const auto& digest : digests) framing.text("inputs", digest.hex());
  }
  bytes += recipe.after;
  return Hasher().add(bytes).finish().hex();
}

std::string key_of(const Recipe& recipe, const Inputs& inputs, const std::optional<Chunk>& chunk) {
  return key_of(framed(recipe), inputs, chunk);
}

}  // namespace bgraph::plan

#include "../scratch.h"

#include <bgraph/core/plan/preimage.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <set>

using namespace bgraph;
using namespace bgraph::plan;
using Catch::Matchers::ContainsSubstring;

namespace {

Digest digest(char letter) { return Hasher().add(std::string_view(&letter, 1)).finish(); }

struct Case {
  Recipe recipe{.type = "clusters.gmm",
                .build_id = "b1",
                .params = {{"k", 64}, {"name", "x"}, {"list", {1, 2}}},
                .draws = true,
                .seed = 3,
                .stream = "clusters.gmm",
                .device = "cpu",
                .precision = "float32"};
  std::map<std::string, std::vector<Digest>> inputs = {{"p", {digest('a'), digest('b')}}, {"q", {digest('c')}}};
  std::optional<Chunk> chunk;

  std::string key() const { return key_of(recipe, inputs, chunk); }
};

const std::vector<std::function<void(Case&)>> kChanges = {
    [](Case& c) { c.recipe.type = "clusters.xyz"; },
    [](Case& c) { c.recipe.build_id = "b2"; },
    [](Case& c) { c.recipe.params["k"] = 128; },
    [](Case& c) { c.recipe.params["k"] = 64.0; },
    [](Case& c) { c.recipe.params["k"] = "64"; },
    [](Case& c) { c.recipe.params["l"] = 64; },
    [](Case& c) { c.recipe.params.erase("name"); },
    [](Case& c) { c.recipe.params["name"] = nullptr; },
    [](Case& c) { c.recipe.params["list"] = {2, 1}; },
    [](Case& c) { c.recipe.params["list"] = {1, 2, nullptr}; },
    [](Case& c) { c.recipe.params["list"] = Json::array({Json::array({1}), 2}); },
    [](Case& c) { c.recipe.params["list"] = Json::array({1, Json::array({2})}); },
    [](Case& c) { c.recipe.seed = 4; },
    [](Case& c) { c.recipe.stream = "other"; },
    [](Case& c) { c.recipe.draws = false; },
    [](Case& c) { c.recipe.device = "cuda"; },
    [](Case& c) { c.recipe.precision = "float64"; },
    [](Case& c) { c.inputs["p"] = {digest('b'), digest('a')}; },
    [](Case& c) { c.inputs["p"] = {digest('a')}, c.inputs["q"] = {digest('b'), digest('c')}; },
    [](Case& c) { std::swap(c.inputs["p"], c.inputs["q"]); },
    [](Case& c) { c.inputs.erase("q"); },
    [](Case& c) { c.inputs["r"] = {}; },
    [](Case& c) { c.chunk = Chunk{0, 8}; },
    [](Case& c) { c.chunk = Chunk{8, 16}; },
};

/// The slow twin of a key: the record as JSON, walked so that nesting, types and lengths all enter.
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
    hasher.text(tag + ":" + value.type_name(), value.dump());
  }
}

std::string slow_key(const Case& c) {
  FieldHasher hasher;
  const Json record = preimage(c.recipe, c.inputs, c.chunk);
  for (const auto& [name, value] : record.items()) add_value(hasher, name, value);
  return hasher.finish().hex();
}

}  // namespace

TEST_CASE("a key is the digest of its record, field by field", "[plan][preimage]") {
  for (const auto& change : kChanges) {
    Case changed;
    change(changed);
    CHECK(changed.key() == slow_key(changed));
  }
  Case odd;
  odd.recipe.stream = "a \"quoted\" word, a back\\slash,\ta tab and \xc3\xa9";
  odd.recipe.params = {{"third", 1.0 / 3}, {"tiny", 5e-324}, {"whole", 2.0}, {"most", INT64_MAX}, {"on", true}, {"", "\x7f"}};
  CHECK(odd.key() == slow_key(odd));
}

TEST_CASE("every field of a preimage changes the key, each to another one", "[plan][preimage]") {
  std::set<std::string> keys = {Case().key()};
  for (const auto& change : kChanges) {
    Case changed;
    change(changed);
    keys.insert(changed.key());
  }
  REQUIRE(keys.size() == kChanges.size() + 1);
}

TEST_CASE("what changes no result changes no key", "[plan][preimage]") {
  Case other;
  SECTION("which card of a device class") {
    Case base;
    base.recipe.device = "cuda:0", other.recipe.device = "cuda:1";
    REQUIRE(other.key() == base.key());
    return;
  }
  SECTION("seed and stream of a node that draws nothing") {
    Case base;
    base.recipe.draws = other.recipe.draws = false;
    other.recipe.seed = 99, other.recipe.stream = "elsewhere";
    REQUIRE(other.key() == base.key());
    return;
  }
  SECTION("the order in which parameters were given") {
    other.recipe.params = Json::object();
    other.recipe.params["name"] = "x";
    other.recipe.params["list"] = {1, 2};
    other.recipe.params["k"] = 64;
  }
  REQUIRE(other.key() == Case().key());
}

TEST_CASE("files enter by content, operational parameters not at all", "[plan][preimage]") {
  const Scratch scratch;
  const auto& folder = scratch.path;
  const store::FileMemo memo(folder / "memo");
  const std::vector<ParamSpec> specs = {{.name = "path", .kind = ParamKind::file},
                                        {.name = "folder", .kind = ParamKind::folder},
                                        {.name = "prefetch", .kind = ParamKind::integer, .operational = true},
                                        {.name = "rate", .kind = ParamKind::number}};
  const auto params = [&](const std::string& file, int prefetch) {
    return key_params(specs,
                      {{"path", file.empty() ? "" : (folder / file).string()}, {"folder", ""}, {"prefetch", prefetch}, {"rate", 0.5}},
                      memo);
  };
  std::ofstream(folder / "a") << "same";
  std::ofstream(folder / "b") << "same";
  std::ofstream(folder / "c") << "different";
  REQUIRE(params("a", 1) == params("b", 2));
  REQUIRE(params("a", 1) != params("c", 1));
  REQUIRE(params("a", 1).dump().find(folder.string()) == std::string::npos);
  REQUIRE(params("", 1)["path"] == "");
  REQUIRE_THROWS_WITH(params("absent", 1), ContainsSubstring("absent"));
  REQUIRE_THROWS_WITH(
      key_params(specs, {{"path", ""}, {"folder", ""}, {"prefetch", 1}, {"rate", HUGE_VAL}}, memo),
      ContainsSubstring("'rate' must be finite"));
}

TEST_CASE("an index of weight files enters with the content of its shards", "[plan][preimage]") {
  const Scratch scratch;
  const store::FileMemo memo(scratch.path / "memo");
  const auto index = scratch.path / "m.safetensors.index.json";
  const auto key = [&](const std::string& first) {
    std::ofstream(scratch.path / "m-1.safetensors") << first;
    return key_params({{.name = "file", .kind = ParamKind::file}}, {{"file", index.string()}}, memo);
  };
  std::ofstream(index) << R"({"weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}})";
  std::ofstream(scratch.path / "m-2.safetensors") << "second";
  REQUIRE(key("first") == key("first"));
  REQUIRE(key("first") != key("other"));
  std::ofstream(index) << R"({"weight_map": {"a": "m-9.safetensors"}})";
  REQUIRE_THROWS_WITH(key("first"), ContainsSubstring("m-9.safetensors"));
  std::ofstream(index) << R"({"weight_map": {"a": "../secret.safetensors"}})";
  REQUIRE_THROWS_WITH(key("first"), ContainsSubstring("without a path"));
}

TEST_CASE("a number inside a table must be finite, and tables differ by what is in them", "[plan][preimage]") {
  const Scratch scratch;
  const store::FileMemo memo(scratch.path / "memo");
  const auto key = [&](const Json& table) {
    return key_params({{.name = "settings", .kind = ParamKind::table}}, {{"settings", table}}, memo);
  };
  REQUIRE(key({{"width", 4}}) != key({{"width", 5}}));
  REQUIRE_THROWS_WITH(key({{"list", {1.0, HUGE_VAL}}}), ContainsSubstring("'settings' must be finite"));
  REQUIRE(param_problem({.name = "settings", .kind = ParamKind::table}, 3) == "expected a table, found 3");
}

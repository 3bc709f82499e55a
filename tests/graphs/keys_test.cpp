// Keys of every node that is built, parameter by parameter: what can change a result changes the key, nothing else does.
#include "../core/scratch.h"

#include <bgraph/core/plan/preimage.h>
#include <bgraph/core/registry/find.h>
#include <bgraph/sdk/testing/catch.h>

#include <set>

using namespace bgraph;

namespace {

const registry::Found& built() {
  static const registry::Found found = registry::find_plugins(
      {{}, {BGRAPH_PLUGIN_FOLDER_BUILT}, BGRAPH_WORKER, std::filesystem::temp_directory_path() / "bgraph-keys-test"});
  return found;
}

/// A value of the kind, whether the rules of the parameter allow it or not: keys do not ask.
Json some_value(ParamKind kind, int which) {
  switch (kind) {
    case ParamKind::integer: return 1000 + which;
    case ParamKind::number: return 0.5 + which;
    case ParamKind::boolean: return which % 2 == 0;
    case ParamKind::integers: return {1, 2 + which};
    case ParamKind::numbers: return {0.5, 1.5 + which};
    case ParamKind::texts: return {"a", "b" + std::to_string(which)};
    case ParamKind::table: return {{"a", 1 + which}};
    case ParamKind::file:
    case ParamKind::folder: return "";
    case ParamKind::text: break;
  }
  return "text" + std::to_string(which);
}

std::string key_of_node(const registry::NodeOffer& offer, const Json& params, int64_t seed, const store::FileMemo& files) {
  const plan::Recipe recipe{.type = offer.spec.type,
                            .build_id = offer.identity(),
                            .params = plan::key_params(offer.spec.params, params, files),
                            .draws = offer.spec.draws,
                            .seed = seed,
                            .stream = offer.spec.type};
  return plan::key_of(recipe, {});
}

}  // namespace

TEST_CASE("every semantic parameter of every node changes its key, each to another one, and no operational one does",
          "[graphs][keys]") {
  const Scratch scratch;
  const store::FileMemo files(scratch.path);
  REQUIRE(built().catalogue.nodes().size() > 20);
  size_t looked_at = 0;
  for (const auto& [type, offer] : built().catalogue.nodes()) {
    INFO(type);
    Json params = Json::object();
    for (const auto& param : offer.spec.params) params[param.name] = some_value(param.kind, 0);
    const std::string base = key_of_node(offer, params, 0, files);
    std::set<std::string> keys = {base};
    size_t semantic = 0;
    for (const auto& param : offer.spec.params) {
      if (param.kind == ParamKind::file || param.kind == ParamKind::folder) continue;  // by content: preimage_test
      Json changed = params;
      changed[param.name] = some_value(param.kind, 1);
      const std::string key = key_of_node(offer, changed, 0, files);
      INFO(param.name);
      CHECK((key == base) == param.operational);
      keys.insert(key);
      semantic += !param.operational;
      ++looked_at;
    }
    CHECK(keys.size() == semantic + 1);
    CHECK((key_of_node(offer, params, 1, files) != base) == offer.spec.draws);
  }
  CHECK(looked_at > 100);
}

TEST_CASE("no two nodes share a key, whatever their parameters", "[graphs][keys]") {
  const Scratch scratch;
  const store::FileMemo files(scratch.path);
  std::set<std::string> keys;
  for (const auto& [type, offer] : built().catalogue.nodes()) {
    Json params = Json::object();
    for (const auto& param : offer.spec.params) params[param.name] = some_value(param.kind, 0);
    CHECK(keys.insert(key_of_node(offer, params, 0, files)).second);
  }
}

#include "protocol.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::metrics;
using Catch::Matchers::ContainsSubstring;

namespace {

Json definition() {
  return Json::parse(R"({"name": "mine", "version": 2, "source": "a test", "first": {"size": 32, "method": "bilinear"},
    "steps": [{"score": "pixcorr", "measure": "pixcorr", "size": 40, "method": "bilinear"},
              {"score": "eff", "measure": "correlation_distance", "network": "efficientnet", "tap": "avgpool", "size": 30, "method": "bilinear"}]})");
}

}  // namespace

TEST_CASE("every definition that ships is read whole under its own name", "[metrics][protocol]") {
  REQUIRE(published_definitions().size() >= 2);
  for (const auto& [name, text] : published_definitions()) {
    CAPTURE(name);
    CHECK(published_protocol(name).name == name);
    CHECK(published_protocol(name).definition["steps"].size() == Json::parse(text)["steps"].size());
  }
}

TEST_CASE("the published protocols differ in the first resize and in Brain-IT's further metrics alone", "[metrics][protocol]") {
  const Protocol brainit = published_protocol("brainit"), mindeye2 = published_protocol("mindeye2");
  CHECK(brainit.first.size == 224);
  CHECK(mindeye2.first.size == 256);
  REQUIRE(mindeye2.steps.size() == 8);
  REQUIRE(brainit.steps.size() == 12);
  for (const auto& step : mindeye2.steps) CHECK(brainit.definition["steps"][step.score] == step.definition);
  // What each network is given, as the notebook gives it: AlexNet 256, Inception 342, CLIP and SwAV 224, EfficientNet 255.
  CHECK(brainit.definition["steps"]["two_way_alex5"] ==
        Json::parse(R"({"measure": "two_way", "network": "alexnet", "tap": "features.11", "size": 256, "method": "bilinear"})"));
  CHECK(brainit.definition["steps"]["two_way_incep"]["size"] == 342);
  CHECK(brainit.definition["steps"]["distance_eff"]["size"] == 255);
  for (const auto& step : brainit.steps) CHECK(step.resize.method == ResizeMethod::bilinear);  // none antialiased
}

TEST_CASE("lower is better for distances alone", "[metrics][protocol]") {
  for (const auto& step : published_protocol("brainit").steps)
    CHECK(step.better() == (step.score.starts_with("distance") || step.score == "lpips" ? "lower" : "higher"));
}

TEST_CASE("a definition with a mistake is refused with its place", "[metrics][protocol]") {
  CHECK(read_protocol(definition()).steps[1].tap == "avgpool");
  const auto broken = [](const char* path, const Json& value) {
    Json json = definition();
    json[Json::json_pointer(path)] = value;
    try {
      read_protocol(json);
    } catch (const Error& error) {
      return error.full();
    }
    return std::string();
  };
  CHECK_THAT(broken("/steps/1/measure", "two_ways"), ContainsSubstring("no measure 'two_ways'") && ContainsSubstring("did you mean 'two_way'?") &&
                                                         ContainsSubstring("the step 'eff'"));
  CHECK_THAT(broken("/steps/0/tap", "avgpool"), ContainsSubstring("no entry 'tap'"));
  CHECK_THAT(broken("/steps/1/score", "pixcorr"), ContainsSubstring("two steps are called 'pixcorr'"));
  CHECK_THAT(broken("/first/method", "nearest"), ContainsSubstring("no resizing 'nearest'"));
  CHECK_THAT(broken("/first/size", "large"), ContainsSubstring("'size' is \"large\""));
  CHECK_THAT(broken("/steps/0/size", 0), ContainsSubstring("at least 1 pixel"));
  CHECK_THAT(broken("/stepps", 1), ContainsSubstring("did you mean 'steps'?"));
  CHECK_THROWS_WITH(published_protocol("brainnit"), ContainsSubstring("no protocol 'brainnit' ships"));
}

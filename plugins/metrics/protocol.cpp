#include "protocol.h"

#include <bgraph/sdk/contract/error.h>

#include <fstream>
#include <set>
#include <sstream>

namespace bgraph::metrics {

namespace {

struct MeasureKind {
  const char* name;
  Measure measure;
  bool features, network, ways;
  const char* better;
};

constexpr MeasureKind kKinds[] = {
    {"pixcorr", Measure::pixcorr, false, false, false, "higher"},
    {"ssim", Measure::ssim, false, false, false, "higher"},
    {"color_ssim", Measure::color_ssim, false, false, false, "higher"},
    {"two_way", Measure::two_way, true, true, false, "higher"},
    {"correlation_distance", Measure::correlation_distance, true, true, false, "lower"},
    {"perceptual_distance", Measure::perceptual_distance, false, true, false, "lower"},
    {"top1", Measure::top1, true, true, true, "higher"},
    {"top1_outside", Measure::top1_outside, true, true, true, "higher"},
};

const MeasureKind& kind_named(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& kind : kKinds) {
    if (name == kind.name) return kind;
    known.emplace_back(kind.name);
  }
  throw Error("there is no measure '" + name + "'", did_you_mean(name, known));
}

template <class T>
T entry(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key)) throw Error(std::string("the entry '") + key + "' is missing");
  try {
    return json.at(key).get<T>();
  } catch (const Json::exception&) {
    throw Error(std::string("the entry '") + key + "' is " + json.at(key).dump() + ", which is of the wrong kind");
  }
}

void refuse_unknown(const Json& json, const std::vector<std::string>& known) {
  for (const auto& [key, value] : json.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw Error("there is no entry '" + key + "'", did_you_mean(key, known));
}

Resize resize_in(const Json& json) {
  const Resize to{entry<int64_t>(json, "size"), resize_method(entry<std::string>(json, "method"))};
  if (to.size < 1) throw Error("'size' is " + std::to_string(to.size) + ", expected at least 1 pixel");
  return to;
}

Step read_step(const Json& json) {
  Step step{.score = entry<std::string>(json, "score"), .measure = Measure::pixcorr};
  try {
    const std::string measure = entry<std::string>(json, "measure");
    const MeasureKind& kind = kind_named(measure);
    std::vector<std::string> known = {"score", "measure", "size", "method"};
    step.measure = kind.measure;
    step.resize = resize_in(json);
    if (kind.network) known.emplace_back("network"), step.network = entry<std::string>(json, "network");
    if (kind.features) known.emplace_back("tap"), step.tap = entry<std::string>(json, "tap");
    if (kind.ways) known.emplace_back("ways"), step.ways = entry<int64_t>(json, "ways");
    if (kind.ways && step.ways < 2) throw Error("'ways' is " + std::to_string(step.ways) + ", expected at least 2");
    refuse_unknown(json, known);
  } catch (Error& error) {
    throw error.during("reading the step '" + step.score + "'");
  }
  step.definition = json;
  step.definition.erase("score");
  return step;
}

}  // namespace

std::string Step::better() const {
  for (const auto& kind : kKinds)
    if (kind.measure == measure) return kind.better;
  return {};
}

Protocol read_protocol(const Json& json) {
  refuse_unknown(json, {"name", "version", "source", "first", "steps"});
  Protocol protocol{.name = entry<std::string>(json, "name"), .version = entry<int64_t>(json, "version")};
  protocol.first = resize_in(entry<Json>(json, "first"));
  protocol.definition = {{"name", protocol.name}, {"version", protocol.version}, {"first", json.at("first")}, {"steps", Json::object()}};
  std::set<std::string> scores;
  for (const auto& one : entry<std::vector<Json>>(json, "steps")) {
    protocol.steps.push_back(read_step(one));
    const Step& step = protocol.steps.back();
    if (!scores.insert(step.score).second) throw Error("two steps are called '" + step.score + "'");
    protocol.definition["steps"][step.score] = step.definition;
  }
  if (protocol.steps.empty()) throw Error("the protocol has no steps");
  return protocol;
}

Protocol read_protocol_file(const std::string& file) {
  try {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) throw Error("it cannot be read");
    const Json json = Json::parse(text.str(), nullptr, false);
    if (!json.is_object()) throw Error("it is not a JSON object");
    return read_protocol(json);
  } catch (Error& error) {
    throw error.during("reading the protocol in " + file);
  }
}

Protocol published_protocol(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [own, text] : published_definitions()) {
    if (own == name) return read_protocol(Json::parse(text));
    known.push_back(own);
  }
  throw Error("no protocol '" + name + "' ships", did_you_mean(name, known));
}

}  // namespace bgraph::metrics

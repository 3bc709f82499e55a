#include <bgraph/core/worker/replay.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/worker/own_unit.h>

#include <cstdio>

namespace bgraph::worker {

namespace {

/// Compares with what is on record. True if all is as it was, or nothing was recorded.
bool tell_outputs(const Json& outputs, const Json& recorded) {
  bool same = true;
  for (const auto& [port, digest] : outputs.items()) {
    const std::string now = digest.get<std::string>(), before = recorded.value(port, "");
    std::printf("%s: %s%s\n", port.c_str(), now.c_str(),
                before.empty() ? "" : before == now ? ", as recorded" : (", recorded " + before).c_str());
    same = same && (before.empty() || before == now);
  }
  return same;
}

}  // namespace

int replay(const std::filesystem::path& file) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a crash does not take the last words with it
  const Json capsule = Json::parse(store::read_text(file));
  serve_own([&](const RunUnit& run) {
    const Json answer = run(unit_from_json(capsule.at("unit")), [](const Json& frame) {
      if (frame.at("what") == "log")
        std::printf("%s: %s\n", frame.value("level", "").c_str(), frame.value("text", "").c_str());
    });
    if (answer.at("what") == "done") return tell_outputs(answer.at("outputs"), capsule.value("recorded", Json::object())) ? 0 : 1;
    std::printf("failed: %s\n", answer.value("message", "").c_str());
    for (const auto& step : answer.at("context")) std::printf("  while %s\n", step.get<std::string>().c_str());
    return 1;
  });
}

}  // namespace bgraph::worker

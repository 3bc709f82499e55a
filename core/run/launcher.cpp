#include <bgraph/core/run/launcher.h>

#include <bgraph/sdk/contract/error.h>

#include <map>

namespace bgraph::run {

Launcher::~Launcher() = default;

Event::What meaning_of(const Json& frame) {
  static const std::map<std::string, Event::What> meanings = {
      {"ready", Event::What::ready}, {"progress", Event::What::progress},
      {"log", Event::What::log},     {"metric", Event::What::metric},
      {"done", Event::What::done},   {"failed", Event::What::failed}};
  const std::string what = frame.is_object() ? frame.value("what", std::string()) : "";
  const auto meaning = meanings.find(what);
  if (meaning == meanings.end()) throw Error("a worker frame of unknown kind '" + what + "'");
  return meaning->second;
}

}  // namespace bgraph::run

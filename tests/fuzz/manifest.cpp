// A plugin file, its note and its manifest: whatever lies in a folder of plugins is refused in words.
#include <bgraph/sdk/contract/declared_ports.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/contract/note.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "memory_folder.h"

namespace {

using namespace bgraph;

void as_manifest(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return;
  const Manifest manifest = manifest_from_json(json);
  if (to_json(manifest_from_json(to_json(manifest))) != to_json(manifest)) std::abort();  // a round trip loses nothing
  for (const auto& node : manifest.nodes)
    for (const auto& param : node.params)
      if (!param.fallback.is_null() && param_problem(param, param.fallback).empty()) canonical_value(param, param.fallback);
}

void as_plugin(const std::string& bytes) {
  static const auto file = memory_path(".so");
  std::ofstream(file, std::ios::binary) << bytes;
  try {
    read_plugin_file(file);
  } catch (const Error&) {
  }
  std::filesystem::remove(file);
}

template <class Parse>
void survive(Parse parse, const std::string& text) {
  try {
    parse(text);
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  survive(as_manifest, text);
  survive(as_plugin, text);
  survive([](const std::string& port) { input_from_text(port); }, text);
  survive([](const std::string& port) { output_from_text(port); }, text);
  return 0;
}

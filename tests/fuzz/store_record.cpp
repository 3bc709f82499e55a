// What the store reads back from disk: key records, value headers, digests of files, ranges of ids. Damage is an Error.
#include <bgraph/core/plan/needs.h>
#include <bgraph/core/store/key_record.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/model_file.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/contract/value_header.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "memory_folder.h"

namespace {

using namespace bgraph;

template <class Parse>
void survive(Parse parse) {
  try {
    parse();
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static const auto folder = [] {
    auto made = memory_path("");
    std::filesystem::create_directories(made);
    return made;
  }();
  std::ofstream(folder / kValueFile, std::ios::binary) << text;
  survive([&] { read_value_header(folder).digest(); });
  std::filesystem::remove(folder / kValueFile);
  survive([&] { Digest::from_hex(text); });
  survive([&] { parse_safetensors(std::as_bytes(std::span(text)), "fuzz"); });
  survive([&] { plan::memory_mib(text, {}); });
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return 0;
  survive([&] {
    const auto record = store::key_record_from_json(json);
    if (to_json(store::key_record_from_json(to_json(record))) != to_json(record)) std::abort();
  });
  survive([&] { ids_in(json); });
  return 0;
}

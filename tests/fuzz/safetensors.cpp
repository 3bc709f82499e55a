// Any bytes as a safetensors file: entries that tile the file to its end, or an Error.
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/contract/safetensors_index.h>

#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span file(reinterpret_cast<const std::byte*>(data), size);
  try {
    const auto header = bgraph::parse_safetensors(file, "fuzz");
    for (size_t i = 0; i < header.entries.size(); ++i)
      if (header.entries[i].end != (i + 1 < header.entries.size() ? header.entries[i + 1].begin : size)) std::abort();
  } catch (const bgraph::Error&) {
  }
  try {
    bgraph::parse_safetensors_index({reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const bgraph::Error&) {
  }
  return 0;
}

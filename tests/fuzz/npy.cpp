// Any bytes as a .npy file: a header whose numbers are exactly the rest of the file, or an Error.
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/npy.h>

#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    if (bgraph::whole_npy_header({reinterpret_cast<const std::byte*>(data), size}, "fuzz").data > size) std::abort();
  } catch (const bgraph::Error&) {
  }
  return 0;
}

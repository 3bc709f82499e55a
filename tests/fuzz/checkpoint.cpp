// Any bytes as a PyTorch checkpoint: tensors that lie inside the file, or an Error.
#include <bgraph/core/import/checkpoint.h>
#include <bgraph/sdk/contract/error.h>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span file(reinterpret_cast<const std::byte*>(data), size);
  try {
    for (const auto& tensor : bgraph::import::read_checkpoint(file, "fuzz", {}).tensors)
      if (!tensor.storage.empty() && (tensor.storage.data() < file.data() ||
                                      tensor.storage.data() + tensor.storage.size() > file.data() + file.size()))
        std::abort();
  } catch (const bgraph::Error&) {
  }
  return 0;
}

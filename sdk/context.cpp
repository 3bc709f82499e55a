#include <bgraph/sdk/context.h>

namespace bgraph {

Checkpoint::~Checkpoint() = default;
Context::~Context() = default;

Digest Context::digest_of(const std::filesystem::path& file) { return digest_file(file); }

}  // namespace bgraph

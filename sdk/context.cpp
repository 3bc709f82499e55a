#include <bgraph/sdk/context.h>

namespace bgraph {

Checkpoint::~Checkpoint() = default;
Context::~Context() = default;

}  // namespace bgraph

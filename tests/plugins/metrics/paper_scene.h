// A small world for protocol tests: pictures, a small network, a definition that asks it.
#pragma once

#include <bgraph/sdk/values/images.h>
#include <bgraph/sdk/values/model.h>

#include <string>

namespace bgraph::metrics {

/// `count` different pictures of 20 x 18 pixels, ids from `first_id`.
Images small_pictures(int64_t count, int64_t first_id, int64_t index);

/// pictures mixed with noise: share 1 = the pictures themselves.
Images degraded(const Images& pictures, double share, int64_t index);

/// A convnet with stages stage1 (4 channels) and stage2 (6 channels), freshly drawn.
Model small_network(int64_t index);

/// Writes a definition with every kind of step that needs no network but `alexnet` and `clip`; its path.
std::string small_definition();

}  // namespace bgraph::metrics

// Checkpoints where none are kept: the node starts from the beginning each time.
#pragma once

#include <bgraph/sdk/context.h>

namespace bgraph::worker {

class NoCheckpoint final : public Checkpoint {
 public:
  std::optional<Value> load() override { return std::nullopt; }
  bool due() override { return false; }
  void save(const Value&) override {}
};

}  // namespace bgraph::worker

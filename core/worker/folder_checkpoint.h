// Checkpoints of one unit: numbered folders in the store, valid under one numeric profile.
//
//   store/unfinished/<key>/<n>/      payload.safetensors + value.json + profile.json
//
// A new one appears by one rename before the old one goes, so a kill at any instant leaves a whole one. One that
// cannot be written (full disk) is warned of and the earlier one stays: the node may still come to its end.
#pragma once

#include <bgraph/sdk/context.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>

namespace bgraph::worker {

class FolderCheckpoint final : public Checkpoint {
 public:
  /// `warn` hears why a checkpoint that is there is not used, and why one could not be written.
  FolderCheckpoint(std::filesystem::path folder, Json profile, const std::atomic<bool>& stop_asked,
                   std::function<void(const std::string&)> warn);

  std::optional<Value> load() override;
  bool due() override;
  void save(const Value& state) override;

 private:
  int newest() const;  // 0 = none
  void write(const Value& state) const;

  std::filesystem::path folder_;
  Json profile_;
  const std::atomic<bool>& stop_asked_;
  std::function<void(const std::string&)> warn_;
  std::chrono::duration<double> every_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace bgraph::worker

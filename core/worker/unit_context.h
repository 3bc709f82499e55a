// The context of a node that runs in a worker: events go to control, values come from the store.
#pragma once

#include <bgraph/core/worker/folder_checkpoint.h>
#include <bgraph/core/worker/link.h>
#include <bgraph/core/worker/node_scratch.h>
#include <bgraph/core/worker/value_cache.h>
#include <bgraph/sdk/host/host_context.h>
#include <bgraph/sdk/train/ranks.h>
#include <bgraph/sdk/values/table.h>

#include <chrono>

namespace bgraph::worker {

class UnitContext final : public HostContext, public HasRanks {
 public:
  UnitContext(const Unit& unit, PluginHost& plugins, Link& link, const store::Store& store, ValueCache& cache,
              const Ranks& ranks);

  void progress(int64_t done, int64_t total, const std::string& note) override;
  void log(const std::string& text) override;
  void warn(const std::string& text) override;
  void metric(const std::string& name, int64_t step, double value) override;
  bool cancelled() const override { return link_.stop_asked(); }
  Checkpoint& checkpoint() override { return checkpoint_; }
  const Ranks& ranks() const override { return ranks_; }
  std::filesystem::path scratch() override { return scratch_.path(); }
  std::shared_ptr<const Value> open(const Digest& digest) override { return cache_.open(store_, digest); }
  Digest digest_of(const std::filesystem::path& file) override { return store_.files().digest_of(file); }

  const std::vector<std::string>& warnings() const { return warnings_; }
  /// Every metric as a table: one row per step, one column per name. No rows if there were none.
  Table curves() const;

 private:
  Link& link_;
  const store::Store& store_;
  ValueCache& cache_;
  const Ranks& ranks_;
  FolderCheckpoint checkpoint_;
  NodeScratch scratch_;
  std::vector<std::string> warnings_, names_;
  std::map<int64_t, std::map<std::string, Cell>> points_;
  std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace bgraph::worker

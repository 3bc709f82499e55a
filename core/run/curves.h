// Every ctx.metric of a run as TensorBoard curves: tag "node/metric", in runs/<name>/tensorboard/.
//
//   tensorboard --logdir runs
//
// Those of cached nodes are taken from the store, so a run shows all its curves whoever computed them. No file is
// written if there is no curve.
#pragma once

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/run/event_file.h>
#include <bgraph/core/run/happening.h>
#include <bgraph/core/run/record.h>

#include <optional>

namespace bgraph::run {

class Curves {
 public:
  Curves(std::filesystem::path folder, const plan::Plan& plan) : folder_(std::move(folder)), plan_(plan) {}

  void note(const Happening& happening);
  void add_cached(const RunRecord& record, const store::Store& store);

 private:
  void point(const std::string& tag, int64_t step, double value);

  std::filesystem::path folder_;
  const plan::Plan& plan_;
  std::optional<EventFile> file_;
};

}  // namespace bgraph::run

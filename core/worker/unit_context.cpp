#include <bgraph/core/worker/unit_context.h>

#include <bgraph/core/worker/profile.h>
#include <bgraph/core/worker/unit_setup.h>

#include <algorithm>

namespace bgraph::worker {

UnitContext::UnitContext(const Unit& unit, PluginHost& plugins, Link& link, const store::Store& store,
                         ValueCache& cache, const Ranks& ranks)
    : HostContext(plugins, setup_of(unit)),
      link_(link),
      store_(store),
      cache_(cache),
      ranks_(ranks),
      checkpoint_(unit.checkpoints, numeric_profile(unit.place.size), link.stop_asked(), [this](const std::string& text) { warn(text); }) {}

void UnitContext::progress(int64_t done, int64_t total, const std::string& note) {
  const auto now = std::chrono::steady_clock::now();
  if (done < total && now - last_progress_ < std::chrono::milliseconds(100)) return;
  last_progress_ = now;
  link_.send({{"what", "progress"}, {"done", done}, {"total", total}, {"note", note}});
}

void UnitContext::log(const std::string& text) {
  link_.send({{"what", "log"}, {"level", "info"}, {"text", text}});
}

void UnitContext::warn(const std::string& text) {
  warnings_.push_back(text);
  link_.send({{"what", "log"}, {"level", "warning"}, {"text", text}});
}

void UnitContext::metric(const std::string& name, int64_t step, double value) {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  points_[step][name] = value;
  link_.send({{"what", "metric"}, {"name", name}, {"step", step}, {"value", value}});
}

Table UnitContext::curves() const {
  Table table{.title = "curves"};
  for (const auto& name : names_) table.column(name);
  for (const auto& [step, cells] : points_) table.rows.push_back({std::to_string(step), cells});
  return table;
}

}  // namespace bgraph::worker

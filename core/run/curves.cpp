#include <bgraph/core/run/curves.h>

#include <bgraph/core/run/tables.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>

#include <chrono>
#include <cstdlib>

namespace bgraph::run {

void Curves::note(const Happening& happening) {
  if (happening.what != Happening::What::metric || !happening.detail["value"].is_number()) return;
  point(plan_.steps[happening.step].name + "/" + happening.detail.value("name", ""),
        happening.detail.value("step", int64_t{0}), happening.detail["value"]);
}

void Curves::add_cached(const RunRecord& record, const store::Store& store) {
  for (const auto& node : record.nodes) {
    const auto curves = node.outputs.find(kCurvesPort);
    if (node.outcome != Outcome::hit || curves == node.outputs.end()) continue;
    try {
      const Json table = read_table(store, curves->second);
      for (const auto& row : table["rows"]) {
        const Json values = row.value("values", Json::object());
        for (const auto& [metric, value] : values.items())
          if (value.is_number()) point(node.name + "/" + metric, std::atoll(row.value("name", "").c_str()), value);
      }
    } catch (const Error&) {
      // A curve that cannot be read is missed by its table, which says so.
    }
  }
}

void Curves::point(const std::string& tag, int64_t step, double value) {
  if (!file_) file_.emplace(folder_);
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  file_->scalar(tag, step, value, now.count());
}

}  // namespace bgraph::run

#include <bgraph/core/worker/unit_context.h>

#include <bgraph/core/worker/profile.h>

#include <algorithm>

namespace bgraph::worker {

namespace {

at::ScalarType precision_of(const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "float64") return at::kDouble;
  if (name == "bfloat16") return at::kBFloat16;
  if (name == "float16") return at::kHalf;
  throw Error("unknown precision '" + name + "'", did_you_mean(name, {"float32", "float64", "bfloat16", "float16"}));
}

HostContext::Setup setup_of(const Unit& unit) {
  return {.seed = unit.seed,
          .stream = unit.stream,
          .device = device_of(unit),
          .precision = precision_of(unit.precision),
          .first_item = unit.chunk ? unit.chunk->begin : 0};
}

}  // namespace

at::Device device_of(const Unit& unit) {
  const at::Device device(unit.device);
  if (!device.is_cuda() || unit.place.size == 1) return device;
  return {at::kCUDA, static_cast<at::DeviceIndex>(std::max<int>(0, device.index()) + unit.place.local_rank)};
}

UnitContext::UnitContext(const Unit& unit, PluginHost& plugins, Link& link, const store::Store& store,
                         ValueCache& cache, const Ranks& ranks)
    : HostContext(plugins, setup_of(unit)),
      link_(link),
      store_(store),
      cache_(cache),
      ranks_(ranks),
      checkpoint_(unit.checkpoints, numeric_profile(unit.place.size), link.stop_asked(), [this](const std::string& text) { warn(text); }) {}

UnitContext::~UnitContext() {
  std::error_code ignored;
  if (!scratch_.empty()) std::filesystem::remove_all(scratch_, ignored);
}

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

std::filesystem::path UnitContext::scratch() {
  if (scratch_.empty()) {
    std::string name = (std::filesystem::temp_directory_path() / "bgraph-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw Error("cannot make a folder below " + name, "set TMPDIR to a writable folder");
    scratch_ = name;
  }
  return scratch_;
}

Table UnitContext::curves() const {
  Table table{.title = "curves"};
  for (const auto& name : names_) table.column(name);
  for (const auto& [step, cells] : points_) table.rows.push_back({std::to_string(step), cells});
  return table;
}

}  // namespace bgraph::worker

#include <bgraph/core/worker/unit_setup.h>

#include <bgraph/sdk/contract/error.h>

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

}  // namespace

at::Device device_of(const Unit& unit) {
  const at::Device device(unit.device);
  if (!device.is_cuda() || unit.place.size == 1) return device;
  return {at::kCUDA, static_cast<at::DeviceIndex>(std::max<int>(0, device.index()) + unit.place.local_rank)};
}

HostContext::Setup setup_of(const Unit& unit) {
  return {.seed = unit.seed,
          .stream = unit.stream,
          .device = device_of(unit),
          .precision = precision_of(unit.precision),
          .first_item = unit.chunk ? unit.chunk->begin : 0};
}

}  // namespace bgraph::worker

// What every host of nodes shares: random numbers, recipes and components. The worker and the test context add
// the rest (progress, checkpoints, store).
#pragma once

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/host/plugin_host.h>

namespace bgraph {

class HostContext : public Context {
 public:
  struct Setup {
    int64_t seed = 0;
    std::string stream;
    at::Device device = at::kCPU;
    at::ScalarType precision = at::kFloat;
    int64_t first_item = 0;
  };
  HostContext(PluginHost& plugins, Setup setup) : plugins_(plugins), setup_(std::move(setup)) {}

  at::Device device() const override { return setup_.device; }
  at::ScalarType precision() const override { return setup_.precision; }
  Rng rng(std::string_view purpose, int64_t epoch, int64_t index) const override {
    return {setup_.seed, setup_.stream, purpose, epoch, index};
  }
  int64_t first_item() const override { return setup_.first_item; }
  Model recipe(const std::string& component, const Json& params) override;

 protected:
  std::shared_ptr<Component> build_component(const Model& model, std::string_view interface) override;

 private:
  PluginHost& plugins_;
  Setup setup_;
};

}  // namespace bgraph

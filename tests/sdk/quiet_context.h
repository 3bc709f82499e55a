// A running node's surroundings that say nothing and hold nothing: CPU, float32, seeded draws. Tests override what they watch.
#pragma once

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/context.h>
#include <bgraph/sdk/contract/error.h>

namespace bgraph::testing {

class QuietContext : public Context {
 public:
  at::Device device() const override { return at::kCPU; }
  at::ScalarType precision() const override { return at::kFloat; }
  Rng rng(std::string_view purpose, int64_t epoch, int64_t index) const override {
    return {1, "test", purpose, epoch, index};
  }
  int64_t first_item() const override { return 0; }
  void progress(int64_t, int64_t, const std::string&) override {}
  void log(const std::string&) override {}
  void warn(const std::string&) override {}
  void metric(const std::string&, int64_t, double) override {}
  bool cancelled() const override { return false; }
  Checkpoint& checkpoint() override { throw Error("no checkpoint is asked for here"); }
  std::filesystem::path scratch() override { return {}; }
  std::shared_ptr<const Value> open(const Digest&) override { return nullptr; }
  Model recipe(const std::string&, const Json&) override { return {}; }

 private:
  std::shared_ptr<Component> build_component(const Model&, std::string_view) override { return nullptr; }
};

}  // namespace bgraph::testing

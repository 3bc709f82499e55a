// What a view needs of a running node: values by digest, and the component that a test makes of any model.
#pragma once

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/context.h>
#include <bgraph/sdk/contract/error.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace bgraph::testing {

class ViewContext final : public Context {
 public:
  explicit ViewContext(std::function<std::shared_ptr<Component>()> make) : make_(std::move(make)) {}

  /// Stores a value and says its digest.
  template <class T>
  std::string keep(const T& value) {
    Digest digest{};
    digest.bytes[0] = static_cast<uint8_t>(values_.size() + 1);
    values_[digest] = std::make_shared<const Value>(value.to_value());
    return digest.hex();
  }

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
  std::shared_ptr<const Value> open(const Digest& digest) override { return values_.at(digest); }
  Model recipe(const std::string&, const Json&) override { return {}; }

 private:
  std::shared_ptr<Component> build_component(const Model&, std::string_view) override { return make_(); }

  std::function<std::shared_ptr<Component>()> make_;
  std::map<Digest, std::shared_ptr<const Value>> values_;
};

}  // namespace bgraph::testing

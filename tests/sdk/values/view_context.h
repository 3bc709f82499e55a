// What a view needs of a running node: values by digest, and the component that a test makes of any model.
#pragma once

#include "../quiet_context.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace bgraph::testing {

class ViewContext final : public QuietContext {
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

  std::shared_ptr<const Value> open(const Digest& digest) override { return values_.at(digest); }

 private:
  std::shared_ptr<Component> build_component(const Model&, std::string_view) override { return make_(); }

  std::function<std::shared_ptr<Component>()> make_;
  std::map<Digest, std::shared_ptr<const Value>> values_;
};

}  // namespace bgraph::testing

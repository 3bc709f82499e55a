// Ports of a node whose graph declares them (contract/declared_ports.h): any type, made in the constructor.
//
//   explicit Command(CommandParams params) : params_(params), ports_(this, params.takes, params.gives) {
//     graph_declares_ports();
//   }
#pragma once

#include <bgraph/sdk/port.h>

#include <memory>
#include <string>
#include <vector>

namespace bgraph {

/// Takes values of its declared type as they are stored.
class AnyInput final : public InputPort {
 public:
  AnyInput(Node* owner, const PortSpec& spec);
  const std::vector<StoredValue>& values() const { return values_; }

 private:
  void accept(const std::vector<StoredValue>& values, const std::optional<std::pair<int64_t, int64_t>>&) override;
  std::vector<StoredValue> values_;
};

/// Gives one value of its declared type.
class AnyOutput final : public OutputPort {
 public:
  using OutputPort::OutputPort;
  /// Error if the value is of another type or not a whole one of its type.
  void set(const Value& value);
  bool assigned() const override { return value_.has_value(); }
  Value take() override { return *value_; }
  Value join(const std::vector<Value>& chunks) const override;

 private:
  std::optional<Value> value_;
};

struct DeclaredPorts {
  DeclaredPorts(Node* owner, const std::vector<std::string>& takes, const std::vector<std::string>& gives);
  std::vector<std::unique_ptr<AnyInput>> inputs;
  std::vector<std::unique_ptr<AnyOutput>> outputs;
};

/// The value read as its type and written again: what is missing or malformed becomes an Error.
Value canonical(const Value& value);

}  // namespace bgraph

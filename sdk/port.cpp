#include <bgraph/sdk/port.h>

#include <bgraph/sdk/node.h>

namespace bgraph {

InputPort::InputPort(Node* owner, PortSpec spec, unsigned flags) : spec_(std::move(spec)) {
  spec_.optional = flags & kOptional;
  spec_.fits = flags & (kFits | kTransductive);
  spec_.transductive = flags & kTransductive;
  spec_.each = flags & kEach;
  takes_stored_ = flags & kStored;
  owner->add(this);
}

InputPort::~InputPort() = default;

OutputPort::OutputPort(Node* owner, PortSpec spec) : spec_(std::move(spec)) { owner->add(this); }

OutputPort::~OutputPort() = default;

void InputPort::bind(const std::vector<StoredValue>& values,
                     const std::optional<std::pair<int64_t, int64_t>>& chunk) {
  if (values.empty() && !spec_.optional) throw Error("input '" + spec_.name + "' is missing");
  if (values.size() > 1 && !spec_.list)
    throw Error("input '" + spec_.name + "' takes one value, found " + std::to_string(values.size()));
  digests_.clear();
  for (const auto& stored : values) {
    const std::string split = stored.value->meta.value(kSplit, "");
    if (spec_.fits && !spec_.transductive && (split == "test" || split == "truth"))
      throw Error("input '" + spec_.name + "' fits to its data, but got a value of split '" + split + "'",
                  "wire training data into '" + spec_.name + "'");
    digests_.push_back(stored.digest);
  }
  accept(values, chunk);
}

void InputPort::check_tensor(const Tensor& tensor) const {
  if (!spec_.dims.empty() && tensor.dim() != static_cast<int64_t>(spec_.dims.size())) {
    std::string dims;
    for (const auto& dim : spec_.dims) dims += (dims.empty() ? "" : ", ") + dim;
    throw ShapeError("input '" + spec_.name + "' expects [" + dims + "], found " + shape_text(tensor));
  }
  if (!spec_.dtype.empty() && dtype_name(tensor.scalar_type()) != spec_.dtype)
    throw Error("input '" + spec_.name + "' expects " + spec_.dtype + ", found " +
                dtype_name(tensor.scalar_type()));
}

}  // namespace bgraph

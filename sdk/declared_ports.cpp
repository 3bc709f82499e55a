#include <bgraph/sdk/declared_ports.h>

#include <bgraph/sdk/contract/declared_ports.h>
#include <bgraph/sdk/node.h>

#include <functional>
#include <map>

namespace bgraph {

namespace {

unsigned flags_of(const PortSpec& spec) {
  return (spec.optional ? kOptional : 0U) | (spec.transductive ? kTransductive : spec.fits ? kFits : 0U);
}

template <class T>
std::pair<const std::string, std::function<Value(const Value&)>> through() {
  return {T::kType, [](const Value& value) { return T::from_value(value).to_value(); }};
}

}  // namespace

Value canonical(const Value& value) {
  static const std::map<std::string, std::function<Value(const Value&)>> types = {
      through<Tensor>(),   through<Images>(),     through<Betas>(), through<Voxels>(), through<VoxelTable>(),
      through<Features>(), through<ClusterMap>(), through<Model>(), through<Table>(),  through<Figure>()};
  try {
    return types.at(value.type)(value);
  } catch (const std::out_of_range& missing) {
    throw Error("a " + value.type + " lacks something: " + missing.what());
  } catch (const Json::exception& malformed) {
    throw Error("a " + value.type + " is malformed: " + malformed.what());
  }
}

AnyInput::AnyInput(Node* owner, const PortSpec& spec) : InputPort(owner, spec, flags_of(spec)) {}

void AnyInput::accept(const std::vector<StoredValue>& values, const std::optional<std::pair<int64_t, int64_t>>&) {
  for (const auto& stored : values)
    if (stored.value->type != spec().type)
      throw Error("input '" + spec().name + "' expects " + spec().type + ", found " + stored.value->type);
  values_ = values;
}

void AnyOutput::set(const Value& value) {
  if (value.type != spec().type)
    throw Error("output '" + spec().name + "' is declared as " + spec().type + ", found " + value.type);
  value_ = canonical(value);
}

Value AnyOutput::join(const std::vector<Value>&) const {
  throw Error("output '" + spec().name + "' cannot be joined from chunks");
}

DeclaredPorts::DeclaredPorts(Node* owner, const std::vector<std::string>& takes, const std::vector<std::string>& gives) {
  for (const auto& text : takes) inputs.push_back(std::make_unique<AnyInput>(owner, input_from_text(text)));
  for (const auto& text : gives) outputs.push_back(std::make_unique<AnyOutput>(owner, output_from_text(text)));
}

}  // namespace bgraph

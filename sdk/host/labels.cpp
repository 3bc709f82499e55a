#include <bgraph/sdk/host/labels.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <set>

namespace bgraph {

namespace {

std::string split_of(const StoredValue& stored) { return stored.value->meta.value(kSplit, ""); }

/// "test" or "truth" if any input is that, "" otherwise.
std::string held_out_among(const NodeInputs& inputs) {
  for (const auto& [port, values] : inputs)
    for (const auto& stored : values)
      if (const std::string split = split_of(stored); held_out(split)) return split;
  return {};
}

bool saw_held_out_data(const std::vector<InputPort*>& ports, const NodeInputs& inputs) {
  for (const auto* port : ports) {
    const auto found = inputs.find(port->spec().name);
    if (found == inputs.end()) continue;
    for (const auto& stored : found->second)
      if (stored.value->meta.value(kTransductiveMark, false) ||
          (port->spec().transductive && held_out(split_of(stored))))
        return true;
  }
  return false;
}

void mark_transductive(Value& value) {
  value.meta[kTransductiveMark] = true;
  const auto file = value.files.find("table.json");
  if (file == value.files.end()) return;
  Json table = Json::parse(file->second);
  table["protocol"][kTransductiveMark] = true;
  file->second = table.dump(1);
}

using Ids = std::set<int64_t>;

void add_ids(const at::Tensor& tensor, Ids& ids) {
  const at::Tensor whole = tensor.contiguous();
  const int64_t* all = whole.data_ptr<int64_t>();
  for (int64_t i = 0; i < whole.numel(); ++i)
    if (all[i] >= 0) ids.insert(all[i]);
}

/// Image ids of Images, Features or Betas: the tensors "image_id" and "<subject>.image_id".
Ids images_of(const Value& value) {
  Ids ids;
  for (const auto& [name, tensor] : value.tensors)
    if ((name == "image_id" || name.ends_with(".image_id")) && tensor.scalar_type() == at::kLong) add_ids(tensor, ids);
  return ids;
}

std::string space_of(const Value& value) { return value.meta.value("id_space", ""); }

/// Images a Model or one of its parts was trained on, in this id space.
void add_trained_on(const Model& model, const std::string& space, Ids& ids) {
  if (model.trained_on.defined() && model.trained_space == space) add_ids(model.trained_on, ids);
  for (const auto& [role, part] : model.parts) add_trained_on(part, space, ids);
}

void refuse(const Ids& fitted, const Ids& test, const std::string& what, const std::string& space) {
  Ids shared;
  std::set_intersection(fitted.begin(), fitted.end(), test.begin(), test.end(), std::inserter(shared, shared.end()));
  if (shared.empty()) return;
  throw Error(what + ": image " + std::to_string(*shared.begin()) +
                  (shared.size() == 1 ? "" : " and " + std::to_string(shared.size() - 1) + " more") + " of '" + space +
                  "'",
              "keep the images of the splits apart; the label of a value does not change what its images are");
}

}  // namespace

bool held_out(const std::string& split) { return split == "test" || split == "truth"; }

void label_output(const PortSpec& port, const std::vector<InputPort*>& ports, const NodeInputs& inputs, Value& value) {
  if (saw_held_out_data(ports, inputs)) mark_transductive(value);
  if (!value.meta.value(kSplit, "").empty()) return;
  std::string split = port.split;
  if (const std::string seen = held_out_among(inputs); !split.starts_with('=') && !seen.empty()) split = seen;
  if (split.starts_with('=')) {
    const auto source = inputs.find(split.substr(1));
    if (source == inputs.end() || source->second.empty()) return;
    split = split_of(source->second.front());
    for (const auto& stored : source->second)
      if (held_out(split_of(stored))) split = split_of(stored);
  }
  if (!split.empty()) value.meta[kSplit] = split;
}

void refuse_shared_images(const std::vector<InputPort*>& ports, const NodeInputs& inputs) {
  for (const auto& [test_port, test_values] : inputs)
    for (const auto& test : test_values) {
      const std::string space = space_of(*test.value);
      if (split_of(test) != "test" || space.empty()) continue;
      const Ids images = images_of(*test.value);
      if (images.empty()) continue;
      for (const auto* port : ports) {
        const auto& spec = port->spec();
        const auto found = inputs.find(spec.name);
        if (found == inputs.end() || spec.transductive) continue;
        for (const auto& stored : found->second) {
          Ids known;
          if (stored.value->type == Model::kType)
            add_trained_on(Model::from_value(*stored.value), space, known);
          else if (spec.fits && space_of(*stored.value) == space)
            known = images_of(*stored.value);
          refuse(known, images,
                 spec.fits ? "input '" + spec.name + "' fits to images that are test images in '" + test_port + "'"
                           : "the model in '" + spec.name + "' was trained on images that are test images in '" +
                                 test_port + "'",
                 space);
        }
      }
    }
}

}  // namespace bgraph

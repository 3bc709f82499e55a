#include <bgraph/core/plan/meetings.h>
#include <bgraph/core/plan/separation.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/safetensors.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace bgraph::plan {

namespace {

using Ids = std::set<int64_t>;

/// The images of one value, looked up once.
class Reader {
 public:
  explicit Reader(const store::Store& store) : store_(store) {}

  const Ids& ids(const Digest& digest) {
    const auto [entry, is_new] = known_.try_emplace(digest);
    if (is_new) entry->second = image_ids(store_, digest);
    return entry->second;
  }
  Json meta(const Digest& digest) const { return store_.open(digest).meta; }

 private:
  const store::Store& store_;
  std::map<Digest, Ids> known_;
};

Ids shared(const Ids& a, const Ids& b) {
  Ids both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
  return both;
}

bool is_in(const Cell& cell, size_t step) {
  return std::any_of(cell.steps.begin(), cell.steps.end(), [&](const auto& entry) { return entry.second == step; });
}

bool fits_something(const Step& step) {
  const auto& inputs = step.offer->spec.inputs;
  return std::any_of(inputs.begin(), inputs.end(), [](const PortSpec& port) { return port.fits; });
}

}  // namespace

std::set<int64_t> image_ids(const store::Store& store, const Digest& digest) {
  Ids ids;
  const ValueHeader header = store.open(digest);
  const bool any = std::any_of(header.tensors.begin(), header.tensors.end(), [](const TensorHeader& tensor) {
    return tensor.name == "image_id" || tensor.name.ends_with(".image_id");
  });
  if (!any) return ids;
  const auto file = store.value_folder(digest) / kPayloadFile;
  const MappedFile mapped(file);
  for (const auto& entry : parse_safetensors(mapped.bytes(), file.string()).entries) {
    if (entry.dtype != "I64" || (entry.name != "image_id" && !entry.name.ends_with(".image_id"))) continue;
    for (uint64_t at = entry.begin; at < entry.end; at += sizeof(int64_t)) {
      int64_t id = 0;
      std::memcpy(&id, mapped.bytes().data() + at, sizeof id);
      if (id >= 0) ids.insert(id);
    }
  }
  return ids;
}

void refuse_shared_images(const Plan& plan, size_t index, const store::Store& store) {
  const Step& step = plan.steps[index];
  if (!fits_something(step)) return;
  Reader reader(store);
  const auto inputs = input_digests(plan, step);
  for (const auto& cell : plan.cells) {
    if (!is_in(cell, index)) continue;
    const auto tests = Meetings(plan, cell, store).of(index);
    for (const auto& port : step.offer->spec.inputs) {
      if (!port.fits || port.transductive || inputs.count(port.name) == 0) continue;
      for (const auto& digest : inputs.at(port.name)) {
        const std::string space = reader.meta(digest).value("id_space", "");
        for (const auto& test : tests) {
          if (space.empty() || test.space != space || test.digest == digest) continue;  // itself: its label says it
          const Ids both = shared(reader.ids(digest), reader.ids(test.digest));
          if (both.empty()) continue;
          throw Error("input '" + port.name + "' fits to " + std::to_string(both.size()) +
                          (both.size() == 1 ? " image" : " images") + " of '" + space + "' that '" + test.output +
                          "' tests on, the first is " + std::to_string(*both.begin()),
                      "keep the images of the splits apart; the label of a value does not change what its images are");
        }
      }
    }
  }
}

Json separation(const Plan& plan, const Cell& cell, const store::Store& store) {
  Reader reader(store);
  Meetings meetings(plan, cell, store);
  Json test = Json::array(), fits = Json::array();
  for (const auto& value : meetings.test_values())
    test.push_back({{"output", value.output}, {"split", "test"}, {"space", value.space}, {"images", reader.ids(value.digest).size()}});
  for (const auto& [name, index] : cell.steps) {
    const Step& step = plan.steps[index];
    if (step.outputs.empty() || !fits_something(step)) continue;
    std::map<std::string, Ids> tested;  // by id space
    for (const auto& value : meetings.of(index)) {
      const Ids& ids = reader.ids(value.digest);
      tested[value.space].insert(ids.begin(), ids.end());
    }
    for (const auto& port : step.offer->spec.inputs) {
      const auto sources = step.sources.find(port.name);
      if (!port.fits || sources == step.sources.end()) continue;
      for (const auto& source : sources->second) {
        const Step& from = plan.steps[source.step];
        const Digest& digest = from.outputs.at(source.port);
        const Json meta = reader.meta(digest);
        const std::string space = meta.value("id_space", "");
        const Ids& ids = reader.ids(digest);
        fits.push_back({{"node", step.name},
                        {"port", port.name},
                        {"value", from.name + "." + source.port},
                        {"split", meta.value("split", "")},
                        {"space", space},
                        {"images", ids.size()},
                        {"transductive", port.transductive},
                        {"shared_with_test", shared(ids, tested[space]).size()}});
      }
    }
  }
  return {{"cell", cell.name}, {"test", test}, {"fits", fits}};
}

int64_t shared_images(const Json& cells) {
  int64_t count = 0;
  for (const auto& cell : cells)
    for (const auto& port : cell.at("fits"))
      if (!port.at("transductive").get<bool>()) count += port.at("shared_with_test").get<int64_t>();
  return count;
}

}  // namespace bgraph::plan

// A plan made by hand for tests: steps whose values are image sets in a store of their own, and steps not run yet.
#pragma once

#include "../scratch.h"

#include <bgraph/core/plan/plan.h>
#include <bgraph/sdk/contract/safetensors.h>

#include <fstream>

namespace bgraph::plan {

struct FinishedPlan {
  Scratch scratch;
  store::Store store{scratch.path / "store"};
  Plan plan;

  FinishedPlan() {
    store.prepare();
    plan.cells.push_back({});
  }

  /// A finished step with one output "out": images of these ids.
  size_t images(const std::string& name, const std::vector<int64_t>& ids, const std::string& split, const std::string& space = "toy") {
    const size_t index = step(name, {}, {});
    plan.steps[index].outputs["out"] = published(ids, split, space);
    return index;
  }

  /// A step that has not run.
  size_t step(const std::string& name, NodeSpec spec, std::map<std::string, std::vector<Source>> sources) {
    auto offer = std::make_shared<registry::NodeOffer>();
    offer->spec = std::move(spec);
    Step made{.name = name, .node = name, .offer = std::move(offer)};
    made.sources = std::move(sources);
    plan.steps.push_back(std::move(made));
    plan.cells[0].steps[name] = plan.steps.size() - 1;
    return plan.steps.size() - 1;
  }

  Digest published(const std::vector<int64_t>& ids, const std::string& split, const std::string& space) {
    store::Publication draft(store, "test");
    const std::vector<int64_t> shape = {static_cast<int64_t>(ids.size())};
    std::vector<SafetensorsEntry> entries = {{"image_id", "I64", shape}};
    std::string bytes = safetensors_prefix(entries, {});
    bytes.append(reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(int64_t));
    std::ofstream(draft.folder() / kPayloadFile, std::ios::binary) << bytes;
    ValueHeader header{.type = "Images", .meta = {{"split", split}, {"id_space", space}}};
    header.tensors.push_back({"image_id", "I64", shape, digest_blocks(std::as_bytes(std::span(ids)))});
    return draft.publish(header);
  }
};

}  // namespace bgraph::plan

#include "judge.h"

#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/resize.h>

#include <algorithm>
#include <set>

namespace bgraph::metrics {

std::string fingerprint(const Model& model) {
  if (model.weights.empty()) return {};
  FieldHasher hasher;
  for (const auto& [name, weight] : model.weights) {
    const at::Tensor bytes = weight.cpu().contiguous();
    hasher.text("name", name);
    hasher.bytes("bytes", {static_cast<const std::byte*>(bytes.data_ptr()), bytes.nbytes()});
  }
  return hasher.finish().brief();
}

namespace {

constexpr int64_t kBatch = 64;  // fixed: rows change in the last bits with the batch

void collect(const Model& model, std::set<std::string>& prints) {
  if (const std::string print = fingerprint(model); !print.empty()) prints.insert(print);
  for (const auto& [role, part] : model.parts) collect(part, prints);
}

}  // namespace

JudgeTaps complete(const JudgeTaps& asked, const ImageBackbone& judge) {
  const std::vector<std::string> taps = judge.taps();
  if (taps.empty()) throw Error("the judge has no taps to read features from");
  const auto pick = [&](const std::string& name, const std::string& fallback) {
    if (name.empty()) return fallback;
    if (std::find(taps.begin(), taps.end(), name) != taps.end()) return name;
    std::string all;
    for (const auto& tap : taps) all += (all.empty() ? "'" : ", '") + tap + "'";
    throw Error("the judge has no tap '" + name + "', only " + all, did_you_mean(name, taps));
  };
  return {pick(asked.shallow, taps.front()), pick(asked.deep, taps.back())};
}

JudgedFeatures look_at(ImageBackbone& judge, const at::Tensor& images, const JudgeTaps& taps, at::Device device) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> shallow, deep;
  for (int64_t from = 0; from < images.size(0); from += kBatch) {
    const at::Tensor batch = resized(images.slice(0, from, from + kBatch), {judge.image_size()}).to(device);
    for (const auto& grid : judge.forward(batch)) {
      if (grid.name == taps.shallow) shallow.push_back(grid.tokens.flatten(1).cpu());
      if (grid.name == taps.deep) deep.push_back(grid.tokens.flatten(1).cpu());
    }
  }
  return {at::cat(shallow), at::cat(deep)};
}

std::string name_of(const Model& model) { return model.notes.value("name", model.component); }

void refuse_same_network(const Model& judge, const std::vector<Model>& used) {
  std::set<std::string> judging;
  collect(judge, judging);
  for (const auto& network : used) {
    std::set<std::string> making;
    collect(network, making);
    for (const auto& print : making)
      if (judging.count(print) > 0)
        throw Error("the judge '" + name_of(judge) + "' has the weights of '" + name_of(network) +
                        "', which the reconstructions were made with",
                    "judge with a network trained apart, or set allow_same_network = true to name the exception");
  }
}

void refuse_trained_on(const std::vector<Model>& networks, const at::Tensor& image_ids, const std::string& id_space) {
  for (const auto& network : networks) {
    if (network.trained_on.defined() && network.trained_space == id_space) {
      const int64_t known = at::isin(image_ids, network.trained_on).sum().item<int64_t>();
      if (known > 0)
        throw Error("'" + name_of(network) + "' was trained on " + std::to_string(known) + " of the " +
                        std::to_string(image_ids.size(0)) + " images that are scored",
                    "score images that no network has seen");
    }
    std::vector<Model> parts;
    for (const auto& [role, part] : network.parts) parts.push_back(part);
    refuse_trained_on(parts, image_ids, id_space);
  }
}

}  // namespace bgraph::metrics

#include <bgraph/sdk/components/brain_tokenizer.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;

namespace {

constexpr int64_t kSamples = 3, kVoxels = 23, kClusters = 5, kWidth = 19;  // 19: one block of 16 and a rest

/// Rng of this file's draws.
Rng draws(const char* purpose) { return {7, "brain_tokenizer_test", purpose, 0, 0}; }

/// A tokenizer with weights far from their tiny start values, in this precision.
std::shared_ptr<BrainTokenizer> tokenizer(at::ScalarType dtype) {
  auto made = testing::build_component<BrainTokenizer>(testing::recipe(
      "tokens.brain_tokenizer", {{"clusters", kClusters}, {"width", kWidth}}));
  Rng rng = draws("weights");
  const at::NoGradGuard guard;
  for (auto& parameter : made->parameters()) parameter.copy_(rng.normal(parameter.sizes()) * 0.4);
  made->to(dtype);
  return made;
}

struct Brain {
  VoxelBatch batch;
  at::Tensor table, v2c;
};

/// Three samples of different sizes; cluster 4 has no voxel, voxel 2 belongs to none.
Brain brain(at::ScalarType dtype) {
  Rng rng = draws("brain");
  Brain made;
  made.table = rng.normal({kVoxels, kWidth}).to(dtype);
  made.v2c = rng.integers(4, {kVoxels});
  made.v2c[2] = -1;
  made.batch.voxel = at::cat({rng.sample(kVoxels, 11), rng.sample(kVoxels, 23), rng.sample(kVoxels, 7)});
  made.batch.betas = rng.normal({41}).to(dtype);
  made.batch.offsets = at::tensor(std::vector<int64_t>{0, 11, 34, 41});
  return made;
}

/// The layer edge by edge, as the paper writes it: every projection on every voxel.
at::Tensor naive_tokens(BrainTokenizer& net, const Brain& brain) {
  const auto named = net.named_parameters();
  const auto project = [&](const std::string& name, const at::Tensor& x) {
    return at::linear(x, named["conv_centers." + name + ".weight"], named["conv_centers." + name + ".bias"]);
  };
  const int64_t* voxel = brain.batch.voxel.data_ptr<int64_t>();
  const int64_t* cluster = brain.v2c.data_ptr<int64_t>();
  const int64_t* offsets = brain.batch.offsets.data_ptr<int64_t>();
  std::vector<at::Tensor> samples;
  for (int64_t b = 0; b < brain.batch.size(); ++b) {
    std::vector<at::Tensor> tokens;
    for (int64_t c = 0; c < net.clusters(); ++c) {
      const at::Tensor centre = named["centers"][c];
      const at::Tensor query = project("lin_query", centre);
      std::vector<at::Tensor> scores, values;
      for (int64_t j = offsets[b]; j < offsets[b + 1]; ++j) {
        if (cluster[voxel[j]] != c) continue;
        const at::Tensor message = brain.batch.betas[j] * brain.table[voxel[j]];  // [D]
        scores.push_back(at::dot(query, project("lin_key", message)) / std::sqrt(double(net.width())));
        values.push_back(project("lin_value", message));
      }
      at::Tensor token = project("lin_skip", centre);
      if (!scores.empty()) token = token + at::matmul(at::softmax(at::stack(scores), 0), at::stack(values));
      tokens.push_back(at::relu(token));
    }
    samples.push_back(at::stack(tokens));
  }
  return at::layer_norm(at::stack(samples), {net.width()}, named["norm_centers.weight"], named["norm_centers.bias"]);
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

at::Tensor tokens_of(BrainTokenizer& net, const Brain& brain) {
  const at::NoGradGuard guard;
  return net.forward(brain.batch, brain.table, brain.v2c);
}

}  // namespace

TEST_CASE("brain tokens equal the graph attention computed edge by edge", "[tokens][brain_tokenizer]") {
  const auto exact = tokenizer(at::kDouble);
  CHECK(largest_difference(tokens_of(*exact, brain(at::kDouble)), naive_tokens(*exact, brain(at::kDouble))) < 1e-12);
  const auto single = tokenizer(at::kFloat);  // layer norm makes tokens of size 1
  CHECK(largest_difference(tokens_of(*single, brain(at::kFloat)), naive_tokens(*single, brain(at::kFloat))) < 1e-5);
}

TEST_CASE("gradients of brain tokens equal those of the edge by edge form", "[tokens][brain_tokenizer]") {
  const auto net = tokenizer(at::kDouble);
  const auto gradients = [&](auto&& forward) {
    Brain data = brain(at::kDouble);
    data.table.requires_grad_(true);
    data.batch.betas.requires_grad_(true);
    net->zero_grad();
    const at::Tensor tokens = forward(data);
    (tokens * draws("probe").normal(tokens.sizes())).sum().backward();
    std::map<std::string, at::Tensor> all = {{"table", data.table.grad()}, {"betas", data.batch.betas.grad()}};
    for (const auto& item : net->named_parameters())
      all[item.key()] = item.value().grad().defined() ? item.value().grad().clone() : at::zeros_like(item.value());
    return all;
  };
  const auto fast = gradients([&](const Brain& data) { return net->forward(data.batch, data.table, data.v2c); });
  const auto slow = gradients([&](const Brain& data) { return naive_tokens(*net, data); });
  for (const auto& [name, gradient] : slow) {
    INFO(name);
    CHECK(largest_difference(fast.at(name), gradient) < 1e-12);
  }
  CHECK(fast.at("conv_centers.lin_key.bias").abs().max().item<double>() == 0.0);  // a softmax ignores shifts
}

TEST_CASE("brain tokens do not change when voxels are permuted together with v2c", "[tokens][brain_tokenizer]") {
  const auto net = tokenizer(at::kDouble);
  const Brain before = brain(at::kDouble);
  const at::Tensor order = draws("order").permutation(kVoxels);  // new row r is old row order[r]
  Brain after = before;
  after.table = before.table.index_select(0, order);
  after.v2c = before.v2c.index_select(0, order);
  after.batch.voxel = order.argsort().index_select(0, before.batch.voxel);
  CHECK(at::equal(tokens_of(*net, after), tokens_of(*net, before)));
}

TEST_CASE("brain tokens are permuted when clusters are", "[tokens][brain_tokenizer]") {
  const auto net = tokenizer(at::kDouble);
  const Brain before = brain(at::kDouble);
  const at::Tensor tokens = tokens_of(*net, before);
  const at::Tensor order = draws("clusters").permutation(kClusters);
  Brain after = before;
  after.v2c = at::where(before.v2c.ge(0), order.argsort().index_select(0, before.v2c.clamp_min(0)), before.v2c);
  const at::NoGradGuard guard;
  auto& centers = net->named_parameters()["centers"];
  centers.copy_(centers.index_select(0, order).clone());
  CHECK(largest_difference(tokens_of(*net, after), tokens.index_select(1, order)) < 1e-14);
}

TEST_CASE("zero betas give the same brain tokens whatever the voxels", "[tokens][brain_tokenizer]") {
  const auto net = tokenizer(at::kDouble);
  Brain data = brain(at::kDouble);
  data.batch.betas.zero_();
  data.v2c = at::arange(kVoxels) % kClusters;
  data.batch.voxel = at::arange(30) % kVoxels;  // two samples that hold every cluster
  data.batch.betas = at::zeros({30}, at::kDouble);
  data.batch.offsets = at::tensor(std::vector<int64_t>{0, 13, 30});
  const at::Tensor tokens = tokens_of(*net, data);
  CHECK(largest_difference(tokens[0], tokens[1]) == 0.0);
}

TEST_CASE("a voxel without a cluster changes nothing", "[tokens][brain_tokenizer]") {
  const auto net = tokenizer(at::kFloat);
  Brain data = brain(at::kFloat);
  const at::Tensor before = tokens_of(*net, data);
  data.batch.betas = at::where(data.batch.voxel.eq(2), at::full({}, 1e6f), data.batch.betas);
  data.table[2].fill_(1e6f);
  CHECK(at::equal(tokens_of(*net, data), before));
}

TEST_CASE("a voxel drawn twice counts once", "[tokens][brain_tokenizer]") {
  const auto net = tokenizer(at::kFloat);
  Brain data = brain(at::kFloat);
  const auto take = [&](std::vector<int64_t> entries) {
    const at::Tensor index = at::tensor(entries);
    data.batch = {data.table.index({index, 0}), index, at::tensor(std::vector<int64_t>{0, index.numel()})};
    return tokens_of(*net, data);
  };
  CHECK(at::equal(take({4, 9, 4, 11, 9}), take({4, 11, 9})));
}

TEST_CASE("a cluster without voxels keeps its skip term alone", "[tokens][brain_tokenizer]") {
  const auto net = tokenizer(at::kDouble);
  const auto named = net->named_parameters();
  const at::Tensor skip = at::linear(named["centers"][4], named["conv_centers.lin_skip.weight"],
                                     named["conv_centers.lin_skip.bias"]);
  const at::Tensor expected = at::layer_norm(at::relu(skip), {kWidth}, named["norm_centers.weight"],
                                             named["norm_centers.bias"]);
  const at::Tensor tokens = tokens_of(*net, brain(at::kDouble));
  for (int64_t b = 0; b < kSamples; ++b) CHECK(largest_difference(tokens[b][4], expected) < 1e-14);
}

TEST_CASE("a voxel outside v2c is refused with both numbers", "[tokens][brain_tokenizer]") {
  const auto net = tokenizer(at::kFloat);
  Brain data = brain(at::kFloat);
  data.batch.voxel[5] = kVoxels;
  CHECK_THROWS_WITH(tokens_of(*net, data), Catch::Matchers::ContainsSubstring("voxel 23 is outside v2c, which has 23"));
}

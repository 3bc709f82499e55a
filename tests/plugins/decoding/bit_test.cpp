#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/components/brain_tokenizer.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;

namespace {

/// The network of a golden case: predictor and tokenizer with the reference's weights, and its brain data.
struct Reference {
  explicit Reference(const testing::Golden& golden) : golden(golden) {
    const Json& config = golden["config"];
    const int64_t width = config.at("width");
    tokenizer = testing::build_component<BrainTokenizer>(testing::recipe(
        "tokens.brain_tokenizer", {{"clusters", config.at("clusters")}, {"width", width}}));
    net = testing::build_component<Predictor>(testing::recipe(
        "decoding.bit", {{"queries", config.at("queries")}, {"out_dim", config.at("out_dim")}, {"width", width},
                         {"heads", config.at("heads")}, {"blocks", config.at("blocks")}}));
    net->set_parts({{"tokenizer", tokenizer}});
    auto weights = golden.tensors();
    table = weights.at("voxel_embed").requires_grad_(true);
    for (auto* module : {static_cast<Component*>(tokenizer.get()), static_cast<Component*>(net.get())}) {
      std::map<std::string, at::Tensor> own;
      for (const auto& item : module->named_parameters()) own[item.key()] = weights.at(item.key());
      load_weights(*module, own, "the reference");
    }
    const at::Tensor label = golden.integers("input.cluster_label");
    v2c = label + label.ge(config.at("empty_cluster").get<int64_t>()).to(at::kLong);
    queries = at::arange(config.at("queries").get<int64_t>());
  }

  int64_t first_voxel(int64_t subject) const {
    int64_t first = 0;
    for (int64_t s = 0; s < subject; ++s)
      first += golden["config"].at("voxels_per_subject").at(static_cast<size_t>(s)).get<int64_t>();
    return first;
  }

  /// The training batch: voxels drawn with replacement, so that some stand twice.
  VoxelBatch drawn_batch() const {
    const auto subjects = golden["config"].at("batch_subjects").get<std::vector<int64_t>>();
    std::vector<at::Tensor> voxels, betas;
    std::vector<int64_t> offsets = {0};
    for (size_t b = 0; b < subjects.size(); ++b) {
      voxels.push_back(golden.integers("input.vox_sel." + std::to_string(b)) + first_voxel(subjects[b]));
      betas.push_back(golden.input("input.fmri")[static_cast<int64_t>(b)].index_select(0, voxels.back()));
      offsets.push_back(offsets.back() + voxels.back().numel());
    }
    return {at::cat(betas), at::cat(voxels), at::tensor(offsets)};
  }

  const testing::Golden& golden;
  std::shared_ptr<BrainTokenizer> tokenizer;
  std::shared_ptr<Predictor> net;
  at::Tensor table, v2c, queries;
};

int64_t parameters_of(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

}  // namespace

TEST_CASE("the Brain Interaction Transformer equals the authors' release", "[decoding][bit]") {
  const std::string name = GENERATE("bit_tiny", "bit_medium", "bit_eps");
  const auto golden = testing::Golden::open(name);
  if (!golden) return;
  INFO(name);
  const Reference reference(*golden);
  const VoxelBatch batch = reference.drawn_batch();

  CHECK(golden->output_difference("brain_tokens", reference.tokenizer->forward(batch, reference.table, reference.v2c)) == "");
  reference.net->record_attention(true);
  const at::Tensor out = reference.net->forward(batch, reference.table, reference.v2c, reference.queries);
  CHECK(golden->output_difference("out", out) == "");
  CHECK(golden->output_difference("attention", reference.net->attention()) == "");

  const at::Tensor loss = out.square().mean();
  CHECK(golden->output_difference("loss", loss) == "");
  loss.backward();
  CHECK(golden->gradient_difference("voxel_embed", reference.table.grad()) == "");
  for (auto* module : {static_cast<Component*>(reference.tokenizer.get()), static_cast<Component*>(reference.net.get())})
    for (const auto& item : module->named_parameters()) {
      const at::Tensor gradient = item.value().grad();
      CHECK(golden->gradient_difference(
                item.key(), gradient.defined() ? gradient : at::zeros_like(item.value())) == "");
    }
}

TEST_CASE("a subset of queries, another one per sample, equals the authors' release", "[decoding][bit]") {
  const std::string name = GENERATE("bit_tiny", "bit_medium", "bit_eps");
  const auto golden = testing::Golden::open(name);
  if (!golden) return;
  const Reference reference(*golden);
  const at::Tensor chosen = at::stack({golden->integers("input.query_ids.0"), golden->integers("input.query_ids.1")});
  const at::Tensor out = reference.net->forward(reference.drawn_batch(), reference.table, reference.v2c, chosen);
  CHECK(golden->output_difference("out_query_subset", out) == "");
}

TEST_CASE("all voxels of one subject equal the authors' release", "[decoding][bit]") {
  const std::string name = GENERATE("bit_tiny", "bit_medium", "bit_eps");
  const auto golden = testing::Golden::open(name);
  if (!golden) return;
  const Reference reference(*golden);
  const Json& run = (*golden)["all_voxels_run"];
  const int64_t count = run.at("voxels");
  const at::Tensor voxels = at::arange(count) + reference.first_voxel(run.at("subject"));
  const at::Tensor betas = golden->input("input.fmri")[run.at("sample_row").get<int64_t>()].index_select(0, voxels);
  const at::Tensor out = reference.net->forward({betas, voxels, at::tensor(std::vector<int64_t>{0, count})},
                                                reference.table, reference.v2c, reference.queries);
  CHECK(golden->output_difference("out_all_voxels", out[0]) == "");
}

TEST_CASE("parameter counts are those of the release", "[decoding][bit]") {
  const auto tokenizer = testing::build_component<BrainTokenizer>(testing::recipe("tokens.brain_tokenizer", Json::object()));
  const auto semantic = testing::build_component<Predictor>(testing::recipe("decoding.bit", Json::object()));
  CHECK(parameters_of(*semantic) + parameters_of(*tokenizer) == 35'188'352);
  const auto low = testing::build_component<Predictor>(
      testing::recipe("decoding.bit", {{"queries", 7190}, {"out_dim", 512}}));
  CHECK(parameters_of(*low) + parameters_of(*tokenizer) == 38'147'584);
}

TEST_CASE("heads that do not divide the width are refused", "[decoding][bit]") {
  CHECK_THROWS_WITH(testing::build_component<Predictor>(testing::recipe("decoding.bit", {{"width", 100}})),
                    Catch::Matchers::ContainsSubstring("heads = 8 does not divide width = 100"));
}

TEST_CASE("outputs of queries do not change when clusters are permuted with their embeddings", "[decoding][bit]") {
  const auto golden = testing::Golden::open("bit_tiny");
  if (!golden) return;
  const Reference reference(*golden);
  const VoxelBatch batch = reference.drawn_batch();
  const at::NoGradGuard guard;
  const at::Tensor before = reference.net->forward(batch, reference.table, reference.v2c, reference.queries);
  at::Tensor centers = reference.tokenizer->named_parameters()["centers"];
  const at::Tensor order = Rng(1, "bit_test", "clusters", 0, 0).permutation(centers.size(0));  // new cluster k is old order[k]
  REQUIRE(!at::equal(order, at::arange(order.numel())));
  centers.copy_(centers.index_select(0, order).clone());
  const at::Tensor v2c = order.argsort().index_select(0, reference.v2c);
  CHECK(at::allclose(reference.net->forward(batch, reference.table, v2c, reference.queries), before, 1e-5, 1e-5));
  CHECK(!at::allclose(reference.net->forward(batch, reference.table, reference.v2c, reference.queries), before, 1e-3, 1e-3));
}

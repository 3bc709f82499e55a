#include "golden_networks.h"

#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;
using namespace bgraph::diffusion;
using Catch::Matchers::ContainsSubstring;

namespace {

Rng rng_of(const char* purpose) { return {21, "test", purpose, 0, 0}; }

/// Two levels, the second with a transformer.
std::shared_ptr<DenoisingNetwork> small_unet(Json more = Json::object()) {
  Json params = {{"in_channels", 3},           {"out_channels", 3},     {"model_channels", 32},
                 {"channel_mult", {1, 2}},     {"num_res_blocks", 1},   {"attention_resolutions", {2}},
                 {"num_head_channels", 16},    {"transformer_depth", {1, 1}}, {"context_dim", 10},
                 {"adm_in_channels", 6}};
  params.update(more);
  return testing::build_component<DenoisingNetwork>(testing::recipe("diffusion.sgm_unet", params));
}

/// Random in every parameter, also those that start at zero.
void scramble(torch::nn::Module& network) {
  const at::NoGradGuard guard;
  Rng rng = rng_of("weights");
  for (auto& parameter : network.parameters())
    parameter.add_(rng.normal(parameter.sizes()) * (parameter.dim() > 1 ? 0.1 : 0.02));
}

struct Inputs {
  at::Tensor x = rng_of("x").normal({2, 3, 8, 6});
  at::Tensor t = at::tensor({630, 26}, at::kLong);
  at::Tensor context = rng_of("context").normal({2, 5, 10});
  at::Tensor vector = rng_of("vector").normal({2, 6});
};

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

TEST_CASE("the UNet agrees with the reference: output, loss and every gradient", "[diffusion][sgm_unet][data]") {
  const auto name = GENERATE(as<std::string>(), "sgm_unet", "sgm_unet_eps");
  const auto golden = testing::Golden::open(name);
  if (!golden) return;
  const auto& config = (*golden)["config"];
  const auto unet = golden_component<DenoisingNetwork>(*golden, "diffusion.sgm_unet", config, "");
  const auto context = golden->input("input.context").set_requires_grad(true);
  const auto t = at::tensor(config.at("timesteps").get<std::vector<int64_t>>());
  const auto out = unet->forward(golden->input("input.x"), t, context, golden->input("input.vector"));
  const auto loss = out.square().mean();
  CHECK(golden->output_difference("out", out) == "");
  CHECK(golden->output_difference("loss", loss) == "");
  int64_t numbers = 0;
  for (const auto& parameter : unet->parameters()) numbers += parameter.numel();
  CHECK(numbers == (*golden)["parameter_count"]);
  if (name == "sgm_unet") {
    loss.backward();
    for (const auto& item : unet->named_parameters())
      CHECK(golden->gradient_difference(item.key(), item.value().grad()) == "");
    CHECK(golden->gradient_difference("input.context", context.grad()) == "");
  }
  CHECK(golden->not_compared() == "");
}

TEST_CASE("full-size UNets have the names, shapes and parameter counts of the published ones",
          "[diffusion][sgm_unet][data]") {
  const auto layouts = testing::Golden::open("layouts");
  if (!layouts) return;
  const auto& unclip = (*layouts)["unclip_unet"];
  std::map<std::string, std::vector<int64_t>> expected;
  const auto enter = [&](const Json& entries) {
    for (const auto& entry : entries) expected[entry.at(0)] = entry.at(1).get<std::vector<int64_t>>();
  };
  enter(unclip.at("entries"));
  Json params = Json::object();
  int64_t count = unclip.at("parameter_count");
  SECTION("unCLIP, the defaults") {}
  SECTION("SDXL base") {
    params = {{"context_dim", 2048}, {"adm_in_channels", 2816}};
    enter((*layouts)["sdxl_unet"].at("entries"));  // those that differ
    count = (*layouts)["sdxl_unet"].at("parameter_count");
  }
  const ParameterScope shapes_only({.device = at::kMeta});
  const auto unet = testing::build_component<DenoisingNetwork>(testing::recipe("diffusion.sgm_unet", params));
  std::map<std::string, std::vector<int64_t>> found;
  int64_t numbers = 0;
  for (const auto& item : unet->named_parameters()) {
    found[item.key()] = item.value().sizes().vec();
    numbers += item.value().numel();
  }
  CHECK(found == expected);
  CHECK(numbers == count);
}

TEST_CASE("a fresh UNet predicts no noise at all", "[diffusion][sgm_unet]") {
  const auto unet = small_unet();
  unet->initialise(rng_of("fresh"));
  const Inputs in;
  CHECK(unet->forward(in.x, in.t, in.context, in.vector).abs().max().item<double>() == 0);
}

TEST_CASE("the order of the context's tokens is not seen, their content is", "[diffusion][sgm_unet]") {
  const auto unet = small_unet();
  scramble(*unet);
  const Inputs in;
  const auto out = unet->forward(in.x, in.t, in.context, in.vector);
  const auto turned = in.context.index_select(1, at::tensor({3, 0, 4, 1, 2}, at::kLong));
  CHECK(difference(unet->forward(in.x, in.t, turned, in.vector), out) < 1e-4 * out.abs().max().item<double>());
  CHECK(difference(unet->forward(in.x, in.t, -in.context, in.vector), out) > 1e-3);
}

TEST_CASE("rows of a batch do not see each other", "[diffusion][sgm_unet]") {
  const auto unet = small_unet();
  scramble(*unet);
  const Inputs in;
  const auto both = unet->forward(in.x, in.t, in.context, in.vector);
  const auto last = unet->forward(in.x.slice(0, 1), in.t.slice(0, 1), in.context.slice(0, 1), in.vector.slice(0, 1));
  CHECK(difference(both.slice(0, 1), last) < 1e-4 * both.abs().max().item<double>());
}

// bfloat16 keeps 8 bits: a relative error of 2^-9 per rounding, some tens of roundings one after another.
TEST_CASE("in bfloat16 the UNet needs half the memory and says nearly the same", "[diffusion][sgm_unet]") {
  const auto exact = small_unet(), half = small_unet({{"precision", "bfloat16"}});
  scramble(*exact);
  load_weights(*half, weights_of(*exact), "half");
  const Inputs in;
  const at::NoGradGuard guard;
  const auto expected = exact->forward(in.x, in.t, in.context, in.vector);
  const auto found = half->forward(in.x, in.t, in.context, in.vector);
  CHECK(half->parameters().front().scalar_type() == at::kBFloat16);
  CHECK(found.scalar_type() == at::kFloat);
  CHECK(((found - expected).norm() / expected.norm()).item<double>() < 0.03);
}

TEST_CASE("inputs of another shape are refused with both shapes", "[diffusion][sgm_unet]") {
  const auto unet = small_unet();
  const Inputs in;
  CHECK_THROWS_WITH(unet->forward(at::zeros({2, 3, 7, 6}), in.t, in.context, in.vector),
                    ContainsSubstring("sides divisible by 2, found [2, 3, 7, 6]"));
  CHECK_THROWS_WITH(unet->forward(in.x, in.t, at::zeros({2, 5, 9}), in.vector),
                    ContainsSubstring("context [B, T, 10], found [2, 5, 9]"));
  CHECK_THROWS_WITH(unet->forward(in.x, in.t, in.context, at::zeros({2, 7})),
                    ContainsSubstring("vector [B, 6], found [2, 7]"));
  CHECK_THROWS_WITH(small_unet({{"transformer_depth", {1}}}), ContainsSubstring("2 levels in channel_mult and 1"));
}

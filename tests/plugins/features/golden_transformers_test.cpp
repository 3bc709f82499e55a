// The published vision transformers against reference values and published layouts.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/nn/layers.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;

namespace {

std::shared_ptr<ImageBackbone> built(const std::string& component, const Json& params) {
  return testing::build_component<ImageBackbone>(testing::recipe(component, params));
}

/// Golden images are in the network's units already.
void no_normalisation(Json& params) {
  params["mean"] = {0, 0, 0};
  params["sd"] = {1, 1, 1};
}

Json dinov2_params(const Json& config) {
  Json params = {{"width", config.at("embed_dim")}, {"depth", config.at("depth")},   {"heads", config.at("num_heads")},
                 {"mlp_ratio", config.at("mlp_ratio")}, {"patch", config.at("patch")}, {"registers", config.at("registers")},
                 {"image_size", config.at("image")}, {"table_side", config.at("pos_grid")}, {"taps", Json::array()}};
  for (const auto& tap : config.at("taps_1based")) params["taps"].push_back("block" + std::to_string(tap.get<int>()));
  params["taps"].push_back("norm");
  no_normalisation(params);
  return params;
}

Json clip_params(const Json& config, const char* image_size) {
  Json params = {{"width", config.at("width")}, {"depth", config.at("layers")}, {"heads", config.at("heads")},
                 {"embedding", config.at("output_dim")}, {"patch", config.at("patch_size")}, {"image_size", config.at(image_size)}};
  no_normalisation(params);
  return params;
}

/// Cases list some of the blocks.
void check_block(const testing::Golden& golden, int64_t number, const at::Tensor& actual) {
  const std::string name = "block." + std::to_string(number);
  INFO(name);
  for (const auto& record : golden["outputs"])
    if (record.at("name") == name) CHECK(golden.output_difference(name, actual) == "");
}

void check_dinov2(const testing::Golden& golden) {
  const auto network = built("features.dinov2", dinov2_params(golden["config"]));
  load_weights(*network, golden.tensors(), golden["case"].get<std::string>());
  const at::NoGradGuard guard;
  at::Tensor last;
  const auto grids = network->forward(golden.input("input.image"), [&](int64_t block, const at::Tensor& x) {
    check_block(golden, block + 1, x);
    return last = x;
  });
  // The tap leaves the registers out; the reference has them.
  const auto norm = std::dynamic_pointer_cast<LayerNorm>(network->named_children()["norm"]);
  const auto normed = (*norm)(last);
  CHECK(golden.output_difference("norm", normed) == "");
  const int64_t registers = golden["config"].at("registers");
  CHECK(grids.back().tokens.equal(at::cat({normed.slice(1, 0, 1), normed.slice(1, 1 + registers)}, 1)));
}

void check_openai_clip(const testing::Golden& golden) {
  const auto network = built("features.openai_clip", clip_params(golden["config"], "input_resolution"));
  load_weights(*network, golden.tensors(), golden["case"].get<std::string>());
  const at::NoGradGuard guard;
  const auto grids = network->forward(golden.input("input.image"), [&](int64_t block, const at::Tensor& x) {
    check_block(golden, block, x);  // counted from 0 in these cases
    return x;
  });
  REQUIRE(grids.size() == 1);
  CHECK(golden.output_difference("embedding", grids[0].tokens.squeeze(1)) == "");
}

}  // namespace

TEST_CASE("DINOv2 agrees with the reference in every block and in the norm", "[features][dinov2][data]") {
  const auto golden = testing::Golden::open(GENERATE(as<std::string>(), "dinov2_small", "dinov2_reg_small", "dinov2_reg_eps"));
  if (golden) check_dinov2(*golden);
}

TEST_CASE("ViT-L/14 of DINOv2 with registers agrees with the reference at full size", "[features][dinov2][data][slow]") {
  if (const auto golden = testing::Golden::open("dinov2_vitl14_reg")) check_dinov2(*golden);
}

// With its branches switched off block 1 passes on what it was given; without patches that is the position table.
TEST_CASE("what goes into DINOv2's first block is the reference's, and so are the resampled positions",
          "[features][dinov2][data]") {
  const auto golden = testing::Golden::open(GENERATE(as<std::string>(), "dinov2_small", "dinov2_reg_small", "dinov2_reg_eps"));
  if (!golden) return;
  Json params = dinov2_params((*golden)["config"]);
  const auto network = built("features.dinov2", params);
  load_weights(*network, golden->tensors(), "dinov2");
  const at::NoGradGuard guard;
  auto weights = network->named_parameters();
  for (const char* part : {"blocks.0.ls1.gamma", "blocks.0.ls2.gamma"}) weights[part].zero_();
  const auto into_blocks = [&] {
    at::Tensor tokens;
    network->forward(golden->input("input.image"), [&](int64_t block, const at::Tensor& x) {
      if (block == 0) tokens = x;
      return x;
    });
    return tokens;
  };
  CHECK(golden->output_difference("tokens_in", into_blocks()) == "");
  for (const char* part : {"patch_embed.proj.weight", "patch_embed.proj.bias", "cls_token"}) weights[part].zero_();
  const auto positions = into_blocks();
  const int64_t registers = params.at("registers");
  const auto placed = at::cat({positions.slice(1, 0, 1), positions.slice(1, 1 + registers)}, 1);
  CHECK(golden->output_difference("pos_embed_interpolated", placed) == "");
}

TEST_CASE("the CLIP tower agrees with the reference in its blocks and in the embedding", "[features][openai_clip][data]") {
  const auto golden = testing::Golden::open(GENERATE(as<std::string>(), "clip_small", "clip_eps"));
  if (golden) check_openai_clip(*golden);
}

TEST_CASE("ViT-L/14 of CLIP agrees with the reference at full size", "[features][openai_clip][data][slow]") {
  if (const auto golden = testing::Golden::open("clip_vitl14")) check_openai_clip(*golden);
}

TEST_CASE("the OpenCLIP tower agrees with the reference, in its own range and in the half range of the unCLIP tokens",
          "[features][open_clip][data]") {
  const auto name = GENERATE(as<std::string>(), "openclip_bigg_small", "openclip_eps");
  const auto golden = testing::Golden::open(name);
  if (!golden) return;
  const at::NoGradGuard guard;
  Json params = clip_params((*golden)["config"], "image_size");
  params["mlp_ratio"] = (*golden)["config"].at("mlp_ratio");
  params["taps"] = {"tokens", "embedding"};
  params["half_range"] = false;
  const auto plain = built("features.open_clip", params);
  load_weights(*plain, golden->tensors(), name);
  const auto grids = plain->forward(golden->input("input.image"), {});
  REQUIRE(grids.size() == 2);
  CHECK(golden->output_difference("tokens", grids[0].tokens) == "");
  CHECK(golden->output_difference("pooled", grids[1].tokens.squeeze(1)) == "");

  for (const char* key : {"mean", "sd", "half_range", "taps"}) params.erase(key);
  const auto as_published = built("features.open_clip", params);
  load_weights(*as_published, golden->tensors(), name);
  CHECK(golden->output_difference("quirk_tokens", as_published->forward(golden->input("input.image01"), {}).at(0).tokens) == "");
}

// On the meta device: names and shapes of 1.8 G parameters without their memory.
TEST_CASE("towers at their published sizes have exactly the checkpoints' names, shapes and parameter counts",
          "[features][layouts][data]") {
  const auto layouts = testing::Golden::open("layouts");
  if (!layouts) return;
  const auto [key, component] = GENERATE(table<std::string, std::string>(
      {{"openclip_bigg_visual", "features.open_clip"}, {"openai_clip_vitl14_visual", "features.openai_clip"},
       {"dinov2_vitl14_reg", "features.dinov2"}, {"dinov2_vitl14", "features.dinov2"}}));
  INFO(key);
  const bool without_registers = key == "dinov2_vitl14";
  const auto network = testing::build_component<ImageBackbone>(
      testing::recipe(component, without_registers ? Json{{"registers", 0}} : Json::object()), at::kMeta);
  Json entries = (*layouts)[without_registers ? "dinov2_vitl14_reg" : key.c_str()].at("entries");
  if (without_registers)
    for (size_t i = entries.size(); i-- > 0;)
      if (entries[i].at(0) == "register_tokens") entries.erase(i);
  CHECK(testing::layout_difference(entries, *network) == "");
  CHECK(testing::parameter_count(*network) == (*layouts)[key.c_str()].at("parameter_count").get<int64_t>());
}


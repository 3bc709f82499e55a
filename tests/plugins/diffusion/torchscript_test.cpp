// A denoising network from a TorchScript file: off unless allowed, and inside diffusion.unclip a backend like any other.
#include "small_parts.h"

#include <bgraph/sdk/components/denoising_network.h>
#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/script_file.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kTokens = 5, kWidth = 10, kVector = 8;
constexpr const char* kNoise = "0.25 * x + 0.5 * context.mean([1, 2]).view(-1, 1, 1, 1) + 0.001 * t.view(-1, 1, 1, 1)";

testing::NodeRun load(const testing::ScriptFile& script, const std::vector<std::string>& inputs) {
  testing::NodeRun run("io.load_torchscript");
  run.set("file", script.path.string()).set("component", "diffusion.torchscript");
  run.set("settings", {{"context_width", kWidth}, {"vector_width", kVector}, {"factor", 2}, {"inputs", inputs}});
  return run;
}

Model network(const std::string& arguments, const std::string& noise, const std::vector<std::string>& inputs) {
  const testing::ScriptFile script(arguments, noise);
  return load(script, inputs).set("allow_code", true).run().out<Model>("model");
}

at::Tensor normal(const char* what, at::IntArrayRef shape) { return Rng(7, "test", what, 0, 0).normal(shape); }

}  // namespace

TEST_CASE("a TorchScript network does not run unless the graph allows it", "[diffusion][torchscript]") {
  const testing::ScriptFile script("x", "x");
  CHECK_THROWS_WITH(load(script, {"x"}).run(), ContainsSubstring("this graph does not allow it to run"));
  const Model sly = testing::recipe("diffusion.torchscript", {{"bytes", 4}});
  CHECK_THROWS_WITH(testing::build_component<DenoisingNetwork>(sly), ContainsSubstring("allow_code is false"));
}

TEST_CASE("a TorchScript network gets what it takes, in its order", "[diffusion][torchscript]") {
  const auto x = normal("x", {2, 4, 6, 8}), context = normal("context", {2, kTokens, kWidth}), vector = normal("vector", {2, kVector});
  const auto t = at::tensor({3, 900}, at::kLong);
  const auto out = [&](const Model& model) {
    CHECK(model.notes.contains("untrusted"));
    return testing::build_component<DenoisingNetwork>(model)->forward(x, t, context, vector);
  };
  CHECK(out(network("vector, x, time", "(x + vector.mean() * time.view(-1, 1, 1, 1), x)", {"vector", "x", "time"}))
            .allclose(x + vector.mean() * t.view({-1, 1, 1, 1})));
  CHECK_THROWS_WITH(out(network("x", "x.mean(1)", {"x"})), ContainsSubstring("gives [2, 6, 8], expected noise [2, 4, 6, 8]"));
  CHECK_THROWS_WITH(out(network("t", "t", {"t"})), ContainsSubstring("inputs name no 'x'"));
}

TEST_CASE("joined with an autoencoder it samples, and its loss reaches the condition", "[diffusion][torchscript]") {
  testing::NodeRun join("diffusion.unclip");
  join.set("image_size", 16).set("sizes", {16, 16, 0, 0});
  join.in("unet", network("x, t, context", kNoise, {"x", "t", "context"})).in("autoencoder", diffusion::small_autoencoder());
  const auto backend = testing::build_component<DiffusionBackend>(join.run().out<Model>("model"));
  const auto condition = normal("condition", {2, kTokens, kWidth}).set_requires_grad(true);
  backend->loss(normal("images", {2, 3, 16, 16}).sigmoid(), condition, Rng(8, "test", "noise", 0, 0)).backward();
  CHECK(condition.grad().abs().max().item<double>() > 0);
  const auto images = backend->sample(condition.detach(), {}, {.steps = 3, .guidance = 2},
                                      [](int64_t row) { return Rng(9, "test", "noise", 0, row); });
  CHECK(images.sizes() == at::IntArrayRef({2, 3, 16, 16}));
  CHECK(images.isfinite().all().item<bool>());
}

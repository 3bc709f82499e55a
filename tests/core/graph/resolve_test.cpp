#include <bgraph/sdk/testing/catch.h>

#include "fixture.h"

namespace bgraph::graph {

namespace {

const std::string kBase = R"([graph]
title = "base"
seed = 3

[nodes.data]
type = "io.toy_brains"
subjects = 4

[nodes.encoder]
type = "encoding.train"
inputs = { images = "data.images", betas = "data.train" }
epochs = 7

[nodes.clusters]
type = "clusters.gmm"
k = 64
inputs = { voxels = "encoder.voxels" }

[profiles.paper.nodes.clusters]
k = 128
)";

/// A graph over `base.toml`, which must be right.
Checked over_base(const ScratchFolder& folder, const std::string& text,
                  const Choices& choices = {}) {
  folder.write("base.toml", kBase);
  Checked checked = load(folder.write("graph.toml", text), fixture_nodes(), choices);
  INFO(spell(checked.problems, checked.sources));
  REQUIRE(checked.problems.empty());
  return checked;
}

Json param(const Checked& checked, const std::string& node, const std::string& name) {
  return checked.graph.find(node)->params.at(name).value;
}

}  // namespace

TEST_CASE("a node given again merges key by key, its inputs port by port",
          "[core][graph][resolve]") {
  const ScratchFolder folder;
  const auto checked = over_base(folder, R"(extends = "base.toml"
[nodes.encoder]
lr = 0.5
[nodes.encoder.inputs]
betas = "zscored"
[nodes.zscored]
type = "voxels.zscore"
inputs = { betas = "data.train" }
)");
  CHECK(param(checked, "encoder", "epochs") == 7);
  CHECK(param(checked, "encoder", "lr") == 0.5);
  const auto& inputs = checked.graph.find("encoder")->inputs;
  CHECK(inputs.at("images").at(0).node == "data");
  CHECK(inputs.at("betas").at(0).node == "zscored");
  CHECK(inputs.at("betas").at(0).port == "betas");  // the only output is filled in
  CHECK(checked.graph.settings.title == "base");
}

TEST_CASE("replace swaps a node whole and remove drops it", "[core][graph][resolve]") {
  const ScratchFolder folder;
  const auto replaced = over_base(folder, R"(extends = "base.toml"
[nodes.clusters]
replace = true
type = "clusters.xyz"
inputs = { voxels = "encoder.voxels" }
)");
  CHECK(replaced.graph.find("clusters")->type == "clusters.xyz");
  CHECK(replaced.graph.find("clusters")->params.empty());
  const auto removed =
      over_base(folder, "extends = \"base.toml\"\n[nodes.clusters]\nremove = true\n");
  CHECK(removed.graph.find("clusters") == nullptr);
  CHECK(removed.graph.nodes.size() == 2);
}

TEST_CASE("extends may stand in [graph], and chains from file to file", "[core][graph][resolve]") {
  const ScratchFolder folder;
  folder.write("sub/middle.toml", "[graph]\nextends = \"../base.toml\"\nseed = 5\n");
  const auto checked =
      over_base(folder, "extends = \"sub/middle.toml\"\n[nodes.clusters]\nk = 32\n");
  CHECK(checked.graph.settings.seed == 5);
  CHECK(checked.graph.settings.title == "base");
  CHECK(param(checked, "clusters", "k") == 32);
}

TEST_CASE("the profile wins over the file, --set over the profile", "[core][graph][resolve]") {
  const ScratchFolder folder;
  const std::string text = "extends = \"base.toml\"\n[nodes.clusters]\nk = 32\n";
  CHECK(param(over_base(folder, text), "clusters", "k") == 32);
  CHECK(param(over_base(folder, text, {.profile = "paper"}), "clusters", "k") == 128);
  const Choices both{.profile = "paper", .sets = {"clusters.k=8"}};
  CHECK(param(over_base(folder, text, both), "clusters", "k") == 8);
}

TEST_CASE("a profile of the extending graph is merged into that of its base",
          "[core][graph][resolve]") {
  const ScratchFolder folder;
  const auto checked = over_base(folder, R"(extends = "base.toml"
[profiles.paper.nodes.clusters]
covariance = "full"
[profiles.paper.graph]
threads = 8
)",
                                 {.profile = "paper"});
  CHECK(param(checked, "clusters", "k") == 128);
  CHECK(param(checked, "clusters", "covariance") == "full");
  CHECK(checked.graph.settings.threads == 8);
}

TEST_CASE("a profile that extends another is laid over the graph after it", "[core][graph][resolve]") {
  const ScratchFolder folder;
  const auto checked = over_base(folder, R"(extends = "base.toml"
[profiles.release]
extends = "paper"
[profiles.release.nodes.encoder]
epochs = 9
[profiles.paper.nodes.encoder]
epochs = 8
lr = 0.5
)",
                                 {.profile = "release"});
  CHECK(param(checked, "clusters", "k") == 128);  // of the base's profile paper
  CHECK(param(checked, "encoder", "lr") == 0.5);
  CHECK(param(checked, "encoder", "epochs") == 9);
  CHECK(checked.graph.find("encoder")->params.at("lr").origin.starts_with("profile paper in "));
}

TEST_CASE("a profile may replace and remove nodes", "[core][graph][resolve]") {
  const ScratchFolder folder;
  const std::string text = R"(extends = "base.toml"
[profiles.small.nodes.clusters]
remove = true
[profiles.small.nodes.encoder]
replace = true
type = "encoding.train"
inputs = { images = "data.images", betas = "data.train" }
)";
  const auto checked = over_base(folder, text, {.profile = "small"});
  CHECK(checked.graph.find("clusters") == nullptr);
  CHECK(checked.graph.find("encoder")->params.empty());
  CHECK(over_base(folder, text).graph.find("clusters") != nullptr);
}

TEST_CASE("every value knows where it was written", "[core][graph][resolve]") {
  const ScratchFolder folder;
  const auto checked = over_base(folder, "extends = \"base.toml\"\n[nodes.encoder]\nlr = 0.5\n",
                                 {.profile = "paper", .sets = {"data.noise=2"}});
  const std::string base = (folder.path / "base.toml").string();
  const auto origin = [&](const char* node, const char* name) {
    return checked.graph.find(node)->params.at(name).origin;
  };
  CHECK(origin("encoder", "epochs") == base + ":12:10");
  CHECK(origin("encoder", "lr") == (folder.path / "graph.toml").string() + ":3:6");
  CHECK(origin("clusters", "k") == "profile paper in " + base + ":20:5");
  CHECK(origin("data", "noise") == "--set data.noise=2");
}

TEST_CASE("--set reaches parameters, inputs and the graph itself", "[core][graph][resolve]") {
  const ScratchFolder folder;
  const auto checked =
      over_base(folder, "extends = \"base.toml\"\n",
                {.sets = {"clusters.covariance=full", "encoder.inputs.betas=data.train",
                          "graph.threads=2", "graph.seed=9", "clusters.device=cuda:1"}});
  CHECK(param(checked, "clusters", "covariance") == "full");
  CHECK(checked.graph.find("encoder")->inputs.at("betas").at(0).port == "train");
  CHECK(checked.graph.settings.threads == 2);
  CHECK(checked.graph.settings.seed == 9);
  CHECK(checked.graph.find("clusters")->device == "cuda:1");
  CHECK(over_base(folder, "extends = \"base.toml\"\n", {.seed = 11}).graph.settings.seed == 11);
}

TEST_CASE("a part brings in its nodes under its name, with its inputs", "[core][graph][parts]") {
  const ScratchFolder folder;
  folder.write("parts/branch.toml", R"([inputs]
betas = "responses, one or more sources"
images = "what was seen"
v2c = "clusters"
[nodes.tokens]
type = "features.tokens"
inputs = { images = "inputs.images" }
[nodes.bit]
type = "decoding.train_bit"
epochs = 60
inputs = { betas = ["inputs.betas"], v2c = "inputs.v2c", targets = "tokens" }
[profiles.paper.nodes.bit]
epochs = 100
)");
  const std::string text = R"(extends = "base.toml"
[nodes.zscored]
type = "voxels.zscore"
inputs = { betas = "data.train" }
[parts.low]
file = "parts/branch.toml"
inputs = { betas = ["data.train", "zscored"], images = "data.images", v2c = "clusters" }
[parts.high]
file = "parts/branch.toml"
inputs = { betas = "data.train", images = "data.images", v2c = "clusters" }
[parts.high.nodes.bit]
loss = "mse"
[nodes.predict]
type = "decoding.predict"
inputs = { bit = "low.bit", betas = "data.test" }
)";
  const auto checked = over_base(folder, text);
  CHECK(param(checked, "low.bit", "epochs") == 60);
  CHECK(checked.graph.find("low.bit")->params.count("loss") == 0);
  CHECK(param(checked, "high.bit", "loss") == "mse");
  const auto& inputs = checked.graph.find("low.bit")->inputs;
  CHECK(inputs.at("betas").size() == 2);  // a list is put into the list
  CHECK(inputs.at("betas").at(1).node == "zscored");
  CHECK(inputs.at("targets").at(0).node == "low.tokens");
  CHECK(checked.graph.find("predict")->inputs.at("bit").at(0).node == "low.bit");
  const auto tuned = over_base(folder, text, {.profile = "paper", .sets = {"low.bit.epochs=1"}});
  CHECK(param(tuned, "low.bit", "epochs") == 1);
  CHECK(param(tuned, "high.bit", "epochs") == 100);
}

TEST_CASE("parts may contain parts", "[core][graph][parts]") {
  const ScratchFolder folder;
  folder.write("inner.toml", R"([inputs]
images = "what was seen"
[nodes.tokens]
type = "features.tokens"
inputs = { images = "inputs.images" }
)");
  folder.write("outer.toml", R"([inputs]
images = "what was seen"
[parts.inner]
file = "inner.toml"
inputs = { images = "inputs.images" }
[nodes.score]
type = "metrics.two_way"
inputs = { predicted = "inner.tokens", seen = "inner.tokens.tokens" }
)");
  const auto checked = over_base(folder, R"(extends = "base.toml"
[parts.outer]
file = "outer.toml"
inputs = { images = "data.test_images" }
)");
  CHECK(checked.graph.find("outer.inner.tokens")->inputs.at("images").at(0).port == "test_images");
  CHECK(checked.graph.find("outer.score")->inputs.at("seen").at(0).node == "outer.inner.tokens");
}

TEST_CASE("a part that contains itself is told, not followed", "[core][graph][parts]") {
  const ScratchFolder folder;
  folder.write("base.toml", kBase);
  folder.write("self.toml", "[parts.again]\nfile = \"self.toml\"\n");
  const auto checked = load(folder.write("graph.toml", "[parts.first]\nfile = \"self.toml\"\n"),
                            fixture_nodes(), {});
  REQUIRE(checked.problems.size() == 1);
  CHECK_THAT(checked.problems[0].message, Catch::Matchers::ContainsSubstring("contains itself"));
}

TEST_CASE("paths are relative to the file that wrote them", "[core][graph][resolve]") {
  const ScratchFolder folder;
  folder.write("sub/subj01.h5", "x");
  folder.write("data/subj02.h5", "x");
  folder.write("sub/files.toml",
               "[nodes.first]\ntype = \"io.betas_file\"\nfile = \"subj01.h5\"\n"
               "[nodes.second]\ntype = \"io.betas_file\"\nfile = \"${data}/subj02.h5\"\n");
  const auto checked =
      over_base(folder, "extends = \"sub/files.toml\"\n", {.data = folder.path / "data"});
  CHECK(param(checked, "first", "file") == (folder.path / "sub/subj01.h5").string());
  CHECK(param(checked, "second", "file") == (folder.path / "data/subj02.h5").string());
}

TEST_CASE("sweeps are axes of cells, zipped where they go together", "[core][graph][sweep]") {
  const ScratchFolder folder;
  const auto checked = over_base(folder, R"(extends = "base.toml"
[sweep]
clusters.k = [8, 16, 32]
"encoder.lr" = [0.1, 0.2]
"encoder.epochs" = [1, 2]
zip = [["encoder.lr", "encoder.epochs"]]
graphs = ["base.toml"]
)");
  const auto& sweep = checked.graph.sweep;
  REQUIRE(sweep.size() == 3);
  CHECK(sweep[0].names == std::vector<std::string>{"clusters.k"});
  CHECK(sweep[0].cells.size() == 3);
  CHECK(sweep[1].names == std::vector<std::string>{"encoder.lr", "encoder.epochs"});
  CHECK(sweep[1].cells.at(1) == std::vector<Json>{0.2, 2});
  CHECK(sweep[2].names == std::vector<std::string>{"graphs"});
  CHECK(sweep[2].cells.at(0).at(0) == (folder.path / "base.toml").string());
}

TEST_CASE("a transductive port may see test data", "[core][graph][check]") {
  const ScratchFolder folder;
  over_base(folder, R"(extends = "base.toml"
[nodes.aligned]
type = "analysis.align"
inputs = { betas = "data.test" }
)");
}

}  // namespace bgraph::graph

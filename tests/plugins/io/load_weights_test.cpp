// io.load_weights: names of a file reach the places of a component, or the error says which did not and why.
#include <bgraph/sdk/component.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <unistd.h>

#include <cmath>
#include <fstream>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;

/// A folder that goes with the test.
struct Scratch {
  fs::path path = fs::temp_directory_path() / ("load_weights_test_" + std::to_string(::getpid()));
  Scratch() { fs::create_directories(path); }
  ~Scratch() { fs::remove_all(path); }
};

const Json kSettings = {{"channels", {3, 5}}};

/// Weights of the component under another spelling: "net." + name.
Tensors published(const std::string& prefix) {
  const Model recipe = testing::recipe("features.convnet", kSettings);
  const auto network = testing::build_component<Component>(recipe);
  Tensors weights;
  double next = 1;
  for (const auto& [name, tensor] : weights_of(*network)) weights[prefix + name] = at::full_like(tensor, next++);
  return weights;
}

class Load {
 public:
  explicit Load(const Tensors& file) : run_("io.load_weights") {
    write_safetensors(file_, file, {});
    run_.set("file", file_.string()).set("component", "features.convnet").set("settings", kSettings);
  }
  Load& set(const std::string& param, const Json& value) {
    run_.set(param, value);
    return *this;
  }
  testing::NodeRun& run() { return run_.run(); }
  Model model() { return run().out<Model>("model"); }

 private:
  Scratch scratch_;
  fs::path file_ = scratch_.path / "weights.safetensors";
  testing::NodeRun run_;
};

double count(const Table& table, const std::string& name) {
  for (const auto& row : table.rows)
    if (row.name == name) return std::get<double>(row.cells.at("tensors"));
  return std::nan("");
}

}  // namespace

TEST_CASE("weights below a prefix fill the component; what is under no prefix is counted", "[io][load_weights]") {
  Tensors file = published("model.net.");
  file["optimizer.step"] = at::zeros({2});
  file["model.net.stage1.norm.num_batches_tracked"] = at::zeros({}, at::kLong);
  Load load(file);
  load.set("prefixes", {{"model.net.", ""}}).set("notes", {{"name", "tiny"}});
  const Model model = load.model();
  CHECK(model.component == "features.convnet");
  CHECK(model.params.at("channels") == Json({3, 5}));
  CHECK(model.notes.at("name") == "tiny");
  CHECK(model.trained_on.numel() == 0);
  REQUIRE(model.weights.size() == 8);
  for (const auto& [name, tensor] : model.weights) CHECK(tensor.equal(file.at("model.net." + name)));
  const Table coverage = load.run().out<Table>("coverage");
  CHECK(count(coverage, "matched") == 8);
  CHECK(count(coverage, "missing") == 0);
  CHECK(count(coverage, "ignored") == 1);
  CHECK(count(coverage, "under no prefix") == 1);
}

TEST_CASE("half-precision weights keep their dtype and fit a component in single", "[io][load_weights]") {
  Tensors file = published("");
  for (auto& [name, tensor] : file) tensor = tensor.to(name.ends_with("bias") ? at::kBFloat16 : at::kHalf);
  const Model model = Load(file).model();
  CHECK(model.weights.at("stage2.mean").scalar_type() == at::kHalf);
  const auto network = testing::build_component<Component>(model);
  CHECK(weights_of(*network).at("stage2.conv1.bias").equal(file.at("stage2.conv1.bias").to(at::kFloat)));
}

TEST_CASE("weights that do not fit are told by name, with the nearest and the way out", "[io][load_weights]") {
  SECTION("all names stand below a prefix nobody took away") {
    Load load(published("module."));
    CHECK_THROWS_WITH(load.run(), ContainsSubstring("missing 'stage1.conv1.bias' (nearest: 'module.stage1.conv1.bias')"));
    try {
      load.run();
    } catch (const Error& error) {
      CHECK_THAT(error.fix(), ContainsSubstring("prefixes = { \"module.\" = \"\" }"));
      CHECK_THAT(error.full(), ContainsSubstring("weights.safetensors"));
    }
  }
  SECTION("a misspelt name") {
    Tensors file = published("");
    file["stage2.conv1.wieght"] = file.at("stage2.conv1.weight");
    file.erase("stage2.conv1.weight");
    CHECK_THROWS_WITH(Load(file).run(),
                      ContainsSubstring("missing 'stage2.conv1.weight' (nearest: 'stage2.conv1.wieght')"));
  }
  SECTION("another shape, also with partial") {
    Tensors file = published("");
    file["stage2.mean"] = at::zeros({1, 5});
    CHECK_THROWS_WITH(Load(file).set("partial", true).run(),
                      ContainsSubstring("'stage2.mean' is [1, 5], expected [5]"));
  }
  SECTION("more than a dozen") {
    Tensors file = published("");
    for (int i = 0; i < 17; ++i) file["head." + std::to_string(i)] = at::zeros({1});
    CHECK_THROWS_WITH(Load(file).run(), ContainsSubstring("and 5 more unexpected"));
    CHECK(Load(file).set("ignore", {"head.*"}).model().weights.size() == 8);
  }
  SECTION("two names that become one") {
    Tensors file = published("a.");
    file.merge(published("b."));
    CHECK_THROWS_WITH(Load(file).set("prefixes", {{"a.", ""}, {"b.", ""}}).run(),
                      ContainsSubstring("'a.stage1.conv1.bias' and 'b.stage1.conv1.bias' would both be called"));
  }
  SECTION("a prefix that is no text") {
    CHECK_THROWS_WITH(Load(published("")).set("prefixes", {{"a.", 3}}).run(), ContainsSubstring("becomes 3, expected text"));
  }
  SECTION("not a number") {
    Tensors file = published("");
    file.at("stage1.conv1.weight").view(-1)[4] = std::nan("");
    CHECK_THROWS_WITH(Load(file).run(), ContainsSubstring("'stage1.conv1.weight' holds numbers that are not finite"));
  }
  SECTION("a setting the component does not have") {
    CHECK_THROWS_WITH(Load(published("")).set("settings", {{"chanels", {3, 5}}}).run(), ContainsSubstring("no parameter 'chanels'"));
  }
}

TEST_CASE("a partial load says so and keeps fresh values where there is no weight", "[io][load_weights]") {
  Tensors file = published("");
  file.erase("stage2.sd");
  file["fc.weight"] = at::zeros({2, 5});
  Load load(file);
  CHECK_THROWS_AS(load.run(), Error);
  load.set("partial", true);
  const Model model = load.model();
  CHECK(model.weights.at("stage2.sd").equal(at::ones({5})));
  CHECK_FALSE(model.weights.contains("fc.weight"));
  const auto& warnings = load.run().warnings();
  REQUIRE_FALSE(warnings.empty());
  CHECK_THAT(warnings.front(), ContainsSubstring("1 of 8 places of features.convnet got no weight, 1 weights no place"));
  CHECK_THROWS_WITH(Load({{"x", at::zeros({1})}}).set("partial", true).run(), ContainsSubstring("no weight has a place"));
}

TEST_CASE("weights of a part stand below its role", "[io][load_weights]") {
  const Json tokenizer = {{"component", "tokens.brain_tokenizer"}, {"settings", {{"clusters", 3}, {"width", 8}}}};
  const Json body = {{"queries", 2}, {"out_dim", 6}, {"width", 8}, {"heads", 2}, {"blocks", 1}};
  Tensors file;
  for (const auto& [name, tensor] : weights_of(*testing::build_component<Component>(testing::recipe("decoding.bit", body))))
    file["bit." + name] = at::full_like(tensor, 0.5);
  for (const auto& [name, tensor] :
       weights_of(*testing::build_component<Component>(testing::recipe(tokenizer.at("component"), tokenizer.at("settings")))))
    file["gnn." + name] = at::full_like(tensor, 0.25);
  Load load(file);
  load.set("component", "decoding.bit").set("settings", body).set("parts", {{"tokenizer", tokenizer}});
  load.set("prefixes", {{"bit.", ""}, {"gnn.", "tokenizer/"}});
  const Model model = load.model();
  REQUIRE(model.parts.contains("tokenizer"));
  CHECK_FALSE(model.parts.at("tokenizer").weights.empty());
  CHECK(model.weights.size() + model.parts.at("tokenizer").weights.size() == file.size());
  CHECK_NOTHROW(testing::build_component<Component>(model));
}

TEST_CASE("shards are read by their index, and an index that lies is told", "[io][load_weights]") {
  const Scratch scratch;
  const Tensors all = published("");
  Tensors first, second;
  Json map;
  for (const auto& [name, tensor] : all) {
    const bool early = name.starts_with("stage1");
    (early ? first : second)[name] = tensor;
    map[name] = early ? "m-1-of-2.safetensors" : "m-2-of-2.safetensors";
  }
  write_safetensors(scratch.path / "m-1-of-2.safetensors", first, {});
  write_safetensors(scratch.path / "m-2-of-2.safetensors", second, {});
  const fs::path index = scratch.path / "m.safetensors.index.json";
  const auto loaded = [&](const Json& weight_map) {
    std::ofstream(index) << Json{{"metadata", {{"total_size", 1}}}, {"weight_map", weight_map}}.dump();
    return testing::NodeRun("io.load_weights")
        .set("file", index.string()).set("component", "features.convnet").set("settings", kSettings)
        .run().out<Model>("model").weights.size();
  };
  CHECK(loaded(map) == 8);
  Json lying = map;
  lying["stage1.mean"] = "m-2-of-2.safetensors";
  CHECK_THROWS_WITH(loaded(lying), ContainsSubstring("holds the tensor 'stage1.mean', which m.safetensors.index.json says is in m-2-of-2.safetensors"));
  lying = map;
  lying["stage9.mean"] = "m-2-of-2.safetensors";
  CHECK_THROWS_WITH(loaded(lying), ContainsSubstring("'stage9.mean' is in m-2-of-2.safetensors, which does not hold it"));
  lying = map;
  lying["stage9.mean"] = "m-3-of-2.safetensors";
  CHECK_THROWS_WITH(loaded(lying), ContainsSubstring("m-3-of-2.safetensors: No such file"));
  lying["stage1.mean"] = "../m-1-of-2.safetensors";
  CHECK_THROWS_WITH(loaded(lying), ContainsSubstring("without a path"));
  CHECK_THROWS_WITH(loaded(3), ContainsSubstring("no table 'weight_map'"));
}

TEST_CASE("a PyTorch checkpoint is sent to `bgraph import`", "[io][load_weights]") {
  const Scratch scratch;
  for (const std::string start : {"PK\x03\x04", "\x80\x02}q"}) {
    const fs::path file = scratch.path / "weights.pth";
    std::ofstream(file, std::ios::binary) << start;
    try {
      testing::NodeRun("io.load_weights").set("file", file.string()).set("component", "features.convnet").run();
      FAIL("nothing was refused");
    } catch (const Error& error) {
      CHECK_THAT(error.what(), ContainsSubstring("is a PyTorch checkpoint"));
      CHECK(error.fix() == "bgraph import " + file.string());
    }
  }
}

TEST_CASE("numbers that do not stand aligned in their file are read all the same", "[io][load_weights]") {
  const Scratch scratch;
  const fs::path file = scratch.path / "odd.safetensors";
  const std::string header = R"({"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"x":{"dtype":"F32","shape":[2],"data_offsets":[3,11]}})";
  std::ofstream out(file, std::ios::binary);
  out << static_cast<char>(header.size()) << std::string(7, '\0') << header << "abc";
  const float values[] = {1.5, -2};
  out.write(reinterpret_cast<const char*>(values), sizeof values);
  out.close();
  CHECK(read_safetensors(file).at("x").equal(at::tensor({1.5f, -2.0f})));
}

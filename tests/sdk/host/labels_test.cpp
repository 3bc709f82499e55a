#include <bgraph/sdk/host/labels.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

Images images(std::vector<int64_t> ids, const std::string& split, const std::string& space = "toy") {
  const auto count = static_cast<int64_t>(ids.size());
  return {at::zeros({count, 3, 2, 2}), at::tensor(ids), at::full({count}, -1, at::kLong), space, split};
}

/// Fits to `train`, looks at `seen`; `free` says nothing of its split, `following` follows `train`, `named` is "train".
class Fit final : public Node {
 public:
  In<Images> train{this, "train", "fitted to", kFits | kOptional};
  In<Images> open{this, "open", "fitted to, whatever it is", kTransductive | kOptional};
  In<Images> seen{this, "seen", "looked at", kOptional};
  In<Model> model{this, "model", "used", kOptional};
  Out<Tensor> free{this, "free", "says nothing"};
  Out<Tensor> following{this, "following", "follows train", "=train"};
  Out<Tensor> named{this, "named", "declares a split", "train"};
  Out<Table> table{this, "table", "a score"};
  void run(Context&) override {
    free = Tensor(at::zeros({2})), following = Tensor(at::zeros({2})), named = Tensor(at::zeros({2}));
    table = Table{.title = "score"};
  }
};

StoredValue stored(Value value) {
  const Digest digest = header_of(value).digest();
  return {std::make_shared<const Value>(std::move(value)), digest};
}

NodeOutputs run(const NodeInputs& inputs) {
  Fit node;
  PluginHost plugins;
  class Quiet final : public HostContext {
   public:
    using HostContext::HostContext;
    void progress(int64_t, int64_t, const std::string&) override {}
    void log(const std::string&) override {}
    void warn(const std::string&) override {}
    void metric(const std::string&, int64_t, double) override {}
    bool cancelled() const override { return false; }
    Checkpoint& checkpoint() override { throw Error("none"); }
    std::filesystem::path scratch() override { throw Error("none"); }
    std::shared_ptr<const Value> open(const Digest&) override { throw Error("none"); }
  } ctx(plugins, {});
  return run_node(node, inputs, std::nullopt, ctx);
}

std::string split_of(const NodeOutputs& outputs, const std::string& port) { return outputs.at(port).meta.value(kSplit, ""); }

}  // namespace

TEST_CASE("outputs that say nothing carry what is held out, and a declared label does not hide it", "[sdk][labels]") {
  const auto outputs = run({{"train", {stored(images({1, 2}, "train").to_value())}},
                            {"seen", {stored(images({7, 8}, "test").to_value())}}});
  CHECK(split_of(outputs, "free") == "test");
  CHECK(split_of(outputs, "named") == "test");
  CHECK(split_of(outputs, "following") == "train");
  CHECK(split_of(outputs, "table") == "test");
}

TEST_CASE("where nothing is held out, declared labels stand and others are absent", "[sdk][labels]") {
  const auto outputs = run({{"train", {stored(images({1, 2}, "train").to_value())}}});
  CHECK(split_of(outputs, "free") == "");
  CHECK(split_of(outputs, "named") == "train");
}

TEST_CASE("a fitting port refuses images that another input tests on, whatever their label says", "[sdk][labels]") {
  const auto test = stored(images({7, 8, 9}, "test").to_value());
  CHECK_THROWS_WITH(run({{"train", {stored(images({1, 8, 9}, "train").to_value())}}, {"seen", {test}}}),
                    ContainsSubstring("input 'train' fits to images that are test images in 'seen': image 8 and 1 more of 'toy'"));
  CHECK_NOTHROW(run({{"train", {stored(images({1, 8}, "train", "other").to_value())}}, {"seen", {test}}}));
  CHECK_NOTHROW(run({{"train", {stored(images({-1, -1}, "train").to_value())}},
                     {"seen", {stored(images({-1, 5}, "test").to_value())}}}));
  CHECK_THROWS_WITH(run({{"train", {test}}}), ContainsSubstring("input 'train' fits to its data, but got a value of split 'test'"));
}

TEST_CASE("a model that was trained on a test image is refused, also when a part of it was", "[sdk][labels]") {
  const auto test = stored(images({7, 8}, "test").to_value());
  Model model{.component = "c"}, part{.component = "p"};
  CHECK_NOTHROW(run({{"model", {stored(model.to_value())}}, {"seen", {test}}}));
  part.trained_on = at::tensor(std::vector<int64_t>{3, 7});
  part.trained_space = "toy";
  model.parts["inner"] = part;
  CHECK_THROWS_WITH(run({{"model", {stored(model.to_value())}}, {"seen", {test}}}),
                    ContainsSubstring("the model in 'model' was trained on images that are test images in 'seen': image 7 of 'toy'"));
  CHECK_NOTHROW(run({{"model", {stored(model.to_value())}}, {"seen", {stored(images({7}, "validation").to_value())}}}));
}

TEST_CASE("what a transductive port has seen of test data is marked, in all that follows and in protocols", "[sdk][labels]") {
  const auto outputs = run({{"open", {stored(images({7}, "test").to_value())}}});
  CHECK(outputs.at("free").meta.at(kTransductiveMark) == true);
  CHECK(Table::from_value(outputs.at("table")).protocol.at("transductive") == true);
  Value marked = images({1}, "train").to_value();
  marked.meta[kTransductiveMark] = true;
  CHECK(run({{"train", {stored(marked)}}}).at("free").meta.at(kTransductiveMark) == true);
  CHECK_FALSE(run({{"open", {stored(images({7}, "train").to_value())}}}).at("free").meta.contains(kTransductiveMark));
}

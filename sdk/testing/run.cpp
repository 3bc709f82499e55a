#include <bgraph/sdk/testing/run.h>

#include <bgraph/sdk/contract/error.h>

#include "source_tree.hpp"

#include <cstdlib>

namespace bgraph::testing {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> plugin_files() {
  std::vector<fs::path> files;
  const std::string all = plugin_list();
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find(';', at), all.size());
    if (end > at) files.emplace_back(all.substr(at, end - at));
    at = end + 1;
  }
  return files;
}

/// One host for the whole test program, as in a worker.
PluginHost& host() {
  static PluginHost* host = [] {
    auto* loaded = new PluginHost;
    for (const auto& file : plugin_files()) loaded->load(file);
    return loaded;
  }();
  return *host;
}

class MemoryCheckpoint final : public Checkpoint {
 public:
  std::optional<Value> load() override { return std::nullopt; }
  bool due() override { return false; }
  void save(const Value&) override {}
};

class TestContext final : public HostContext {
 public:
  using HostContext::HostContext;

  void progress(int64_t, int64_t, const std::string&) override {}
  void log(const std::string&) override {}
  void warn(const std::string& text) override { warnings.push_back(text); }
  void metric(const std::string& name, int64_t, double value) override { metrics[name] = value; }
  bool cancelled() const override { return false; }
  Checkpoint& checkpoint() override { return checkpoint_; }
  fs::path scratch() override {
    if (scratch_.empty()) {
      std::string name = (fs::temp_directory_path() / "bgraph-test-XXXXXX").string();
      if (!::mkdtemp(name.data())) throw Error("cannot make a folder below " + name);
      scratch_ = name;
    }
    return scratch_;
  }
  ~TestContext() override {
    std::error_code ignored;
    if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
  }
  std::shared_ptr<const Value> open(const Digest& digest) override {
    const auto found = values.find(digest);
    if (found == values.end()) throw Error("the test did not give a value " + digest.brief());
    return found->second;
  }
  using HostContext::build_component;

  std::vector<std::string> warnings;
  std::map<std::string, double> metrics;
  std::map<Digest, std::shared_ptr<const Value>> values;

 private:
  MemoryCheckpoint checkpoint_;
  fs::path scratch_;
};

fs::path outside_folder(const char* variable, const char* name) {
  const char* given = std::getenv(variable);
  const fs::path folder = given ? fs::path(given) : fs::path(source_root()) / ".." / "shared" / name;
  return fs::is_directory(folder) ? folder : fs::path();
}

}  // namespace

struct NodeRun::State {
  std::string type;
  Json params = Json::object();
  int64_t seed = 0;
  std::optional<std::pair<int64_t, int64_t>> chunk;
  NodeInputs inputs;
  std::map<Digest, std::shared_ptr<const Value>> known;
  NodeOutputs outputs;
  std::vector<std::string> warnings;
  std::map<std::string, double> metrics;
};

NodeRun::NodeRun(std::string type) : state_(std::make_unique<State>()) { state_->type = std::move(type); }
NodeRun::~NodeRun() = default;
NodeRun::NodeRun(NodeRun&&) noexcept = default;

NodeRun& NodeRun::set(const std::string& param, Json value) {
  state_->params[param] = std::move(value);
  return *this;
}

NodeRun& NodeRun::seed(int64_t seed) {
  state_->seed = seed;
  return *this;
}

NodeRun& NodeRun::chunk(int64_t begin, int64_t end) {
  state_->chunk = {begin, end};
  return *this;
}

NodeRun& NodeRun::give(const std::string& port, Value value) {
  const Digest digest = header_of(value).digest();
  state_->inputs[port].push_back({std::make_shared<const Value>(std::move(value)), digest});
  return *this;
}

NodeRun& NodeRun::keep(Value value) {
  const Digest digest = header_of(value).digest();
  state_->known[digest] = std::make_shared<const Value>(std::move(value));
  return *this;
}

NodeRun& NodeRun::run() {
  const auto node = host().make_node(state_->type, state_->params);
  TestContext ctx(host(), {.seed = state_->seed, .stream = state_->type,
                           .first_item = state_->chunk ? state_->chunk->first : 0});
  ctx.values = state_->known;
  for (const auto& [port, values] : state_->inputs)
    for (const auto& stored : values) ctx.values[stored.digest] = stored.value;
  state_->outputs = run_node(*node, state_->inputs, state_->chunk, ctx);
  state_->warnings = ctx.warnings;
  state_->metrics = ctx.metrics;
  return *this;
}

const Value& NodeRun::output(const std::string& port) const {
  const auto found = state_->outputs.find(port);
  if (found == state_->outputs.end()) throw Error(state_->type + " has no output '" + port + "'");
  return found->second;
}

const std::vector<std::string>& NodeRun::warnings() const { return state_->warnings; }
const std::map<std::string, double>& NodeRun::metrics() const { return state_->metrics; }

std::shared_ptr<Component> detail::build(const Model& model, std::string_view interface, at::Device device,
                                         at::ScalarType precision) {
  TestContext ctx(host(), {.device = device, .precision = precision});
  return ctx.build_component(model, interface);
}

Model recipe(const std::string& component, const Json& params) {
  TestContext ctx(host(), {});
  return ctx.recipe(component, params);
}

std::vector<Manifest> manifests() {
  std::vector<Manifest> all;
  for (const auto& file : plugin_files()) all.push_back(host().describe(file, source_root()));
  return all;
}

fs::path data_folder() { return outside_folder("BGRAPH_DATA", "data"); }
fs::path golden_folder() { return outside_folder("BGRAPH_GOLDEN", "golden"); }

}  // namespace bgraph::testing

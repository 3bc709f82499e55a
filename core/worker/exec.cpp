#include <bgraph/core/worker/exec.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/worker/foreign_values.h>
#include <bgraph/core/worker/no_checkpoint.h>
#include <bgraph/core/worker/node_scratch.h>
#include <bgraph/core/worker/profile.h>
#include <bgraph/core/worker/unit_setup.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>
#include <bgraph/sdk/host/host_context.h>
#include <bgraph/sdk/host/run_node.h>
#include <bgraph/sdk/values/tensor.h>

#include <fmt/format.h>

#include <algorithm>

namespace bgraph::worker {

namespace {

namespace fs = std::filesystem;

class FileContext final : public HostContext {
 public:
  using HostContext::HostContext;
  void progress(int64_t done, int64_t total, const std::string& note) override {
    if (done == total || done * 10 / std::max<int64_t>(total, 1) != shown_)
      fmt::print(stderr, "{}/{} {}\n", done, total, note);
    shown_ = done * 10 / std::max<int64_t>(total, 1);
  }
  void log(const std::string& text) override { fmt::print(stderr, "{}\n", text); }
  void warn(const std::string& text) override { fmt::print(stderr, "warning: {}\n", text); }
  void metric(const std::string& name, int64_t step, double value) override {
    fmt::print(stderr, "{} {}: {}\n", name, step, value);
  }
  bool cancelled() const override { return false; }
  Checkpoint& checkpoint() override { return checkpoint_; }
  fs::path scratch() override { return scratch_.path(); }
  std::shared_ptr<const Value> open(const Digest& digest) override {
    throw Error("the input is a view of the stored value " + digest.brief() + ", and `bgraph exec` has no store",
                "run the node in a graph");
  }

 private:
  NoCheckpoint checkpoint_;
  NodeScratch scratch_;
  int64_t shown_ = -1;
};

const PortSpec& port_of(const Node& node, const std::string& name) {
  for (const auto* port : node.inputs())
    if (port->spec().name == name) return port->spec();
  throw Error("the node has no input '" + name + "'");
}

/// "clean Images: pixels [5, 3, 32, 32], image_id [5]"
void print_summary(const std::string& port, const Value& value) {
  std::string contents;
  for (const auto& [name, tensor] : value.tensors)
    contents += (contents.empty() ? " " : ", ") + (name.empty() ? "" : name + " ") + shape_text(tensor);
  for (const auto& [name, content] : value.files) contents += (contents.empty() ? " " : ", ") + name;
  fmt::print("{} {}:{}\n", port, value.type, contents);
}

}  // namespace

void exec(const fs::path& request_file) {
  set_up_numerics();
  const Json request = Json::parse(store::read_text(request_file));
  const Unit unit = unit_from_json(request.at("unit"));
  PluginHost plugins;
  plugins.offer_components(*unit.components);
  plugins.load(unit.plugin);
  const auto node = plugins.make_node(unit.type, unit.params);
  FileContext ctx(plugins, setup_of(unit));
  NodeInputs inputs;
  for (const auto& pair : request.at("in")) {
    const std::string port = pair.at(0);
    Value value = read_foreign(port_of(*node, port).type, pair.at(1).get<std::string>(), ctx);
    const Digest digest = header_of(value).digest();
    inputs[port].push_back({std::make_shared<const Value>(std::move(value)), digest});
  }
  const NodeOutputs outputs = run_node(*node, inputs, {}, ctx);
  for (const auto& pair : request.at("out"))
    write_foreign(outputs.at(pair.at(0).get<std::string>()), pair.at(1).get<std::string>());
  for (const auto& [port, value] : outputs) print_summary(port, value);
}

}  // namespace bgraph::worker

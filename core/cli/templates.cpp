#include <bgraph/core/cli/templates.h>

#include <bgraph/sdk/contract/error.h>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace bgraph::cli {

namespace {

/// "gaussian_smooth" -> "GaussianSmooth"
std::string class_name(const std::string& name) {
  std::string text;
  bool first = true;
  for (const char letter : name) {
    if (letter == '_') {
      first = true;
      continue;
    }
    text += first ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter))) : letter;
    first = false;
  }
  return text;
}

constexpr char kNode[] = R"(// {type}: every number times a factor. Say here what it is, in one sentence.
//
//   scaled = factor * input
//
// NaN stays NaN. Say what happens at the edges: NaN, nothing, one row.
//
// Source: where the formula comes from.
//
//   [nodes.{name}]
//   type   = "{type}"
//   factor = 2.0
//   inputs = {{ input = "some.tensor" }}

#include <bgraph/sdk/node.h>

namespace bgraph::{folder} {{

struct {class}Params {{
  double factor = 1.0;

  template <class Visitor>
  void visit(Visitor& field) {{
    field("factor", factor, any(), "what every number is multiplied by");
  }}
}};

class {class} final : public Node {{
 public:
  explicit {class}({class}Params params) : params_(params) {{}}

  In<Tensor> input{{this, "input", "any array"}};
  Out<Tensor> scaled{{this, "scaled", "the same array, scaled", "=input"}};

  void run(Context&) override {{ scaled = Tensor(*input * params_.factor, input->dims, input->unit); }}

 private:
  {class}Params params_;
}};

BGRAPH_NODE({class}, "{type}")

}}  // namespace bgraph::{folder}
)";

constexpr char kTest[] = R"(#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/tensor.h>

using namespace bgraph;

TEST_CASE("{type} multiplies every number by its factor", "[{folder}][{name}]") {{
  testing::NodeRun run("{type}");
  run.set("factor", 2.0).in("input", Tensor(at::tensor({{1.0f, -3.0f}}), {{"V"}})).run();
  const Tensor scaled = run.out<Tensor>("scaled");
  REQUIRE(scaled.equal(at::tensor({{2.0f, -6.0f}})));
}}
)";

constexpr char kCmake[] = R"(# cmake -S . -B build -DCMAKE_PREFIX_PATH=PREFIX && cmake --build build
# PREFIX is where `cmake --install` put bgraph. Then: bgraph inspect {name}.{name} --plugins build
cmake_minimum_required(VERSION 3.25)
project({name} VERSION 0.1 LANGUAGES CXX)
find_package(bgraph REQUIRED)
bgraph_plugin({name} {name}.cpp)
)";

constexpr char kGraph[] = R"([graph]
title = "{type} on simulated brains"
seed  = 0

[nodes.brains]
type = "io.toy_brains"

[nodes.ceiling]
type   = "voxels.noise_ceiling"
inputs = {{ voxels = "brains.voxels" }}

[nodes.mine]
type   = "{type}"
inputs = {{ input = "ceiling" }}
)";

std::string filled(const char* form, const std::string& folder, const std::string& name) {
  return fmt::format(fmt::runtime(form), fmt::arg("type", folder + "." + name), fmt::arg("folder", folder),
                     fmt::arg("name", name), fmt::arg("class", class_name(name)));
}

struct Made {
  std::string name;
  const NodeSpec* spec = nullptr;
};

/// Whether the declarations allow an output at an input.
bool may_feed(const PortSpec& output, const PortSpec& input) {
  const bool held_out = output.split == "test" || output.split == "truth";
  if (output.type != input.type || (input.fits && held_out)) return false;
  if (!input.dtype.empty() && !output.dtype.empty() && input.dtype != output.dtype) return false;
  return input.dims.empty() || output.dims.empty() || input.dims.size() == output.dims.size();
}

/// By name: the output 'validation' is meant for 'validation_betas' rather than 'train' is.
int likeness(const PortSpec& output, const PortSpec& input) {
  if (output.name == input.name) return 2;
  return input.name.find(output.name) != std::string::npos ? 1 : 0;
}

/// The earlier output an input is most likely to take, the nearest of equals; "" if there is none.
std::string source_of(const PortSpec& input, const std::vector<Made>& made) {
  std::string best;
  int most = -1;
  for (auto node = made.rbegin(); node != made.rend(); ++node)
    for (const auto& output : node->spec->outputs) {
      if (!may_feed(output, input) || likeness(output, input) <= most) continue;
      most = likeness(output, input);
      best = node->spec->outputs.size() == 1 ? node->name : node->name + "." + output.name;
    }
  return best;
}

std::string node_text(const Made& node, const std::vector<Made>& earlier) {
  std::string text = fmt::format("\n# {}\n[nodes.{}]\ntype = \"{}\"\n", node.spec->summary, node.name, node.spec->type);
  for (const auto& param : node.spec->params)
    text += param.fallback.is_null() ? fmt::format("{} = \"?\"  # {}\n", param.name, param.doc)
                                     : fmt::format("# {} = {}  # {}\n", param.name, param.fallback.dump(), param.doc);
  if (node.spec->inputs.empty()) return text;
  text += fmt::format("[nodes.{}.inputs]\n", node.name);
  for (const auto& port : node.spec->inputs) {
    const std::string source = source_of(port, earlier);
    const char* comment = port.optional ? "# " : "";
    text += fmt::format("{}{} = \"{}\"  # {}: {}\n", comment, port.name, source.empty() ? "?" : source, port.type, port.doc);
  }
  return text;
}

std::string unique_name(const std::string& type, const std::vector<Made>& made) {
  const std::string name = type.substr(type.find('.') + 1);
  std::string unique = name;
  const auto taken = [&] {
    return std::any_of(made.begin(), made.end(), [&](const Made& other) { return other.name == unique; });
  };
  for (int copy = 2; taken(); ++copy) unique = name + "_" + std::to_string(copy);
  return unique;
}

}  // namespace

std::string node_source(const std::string& folder, const std::string& name) { return filled(kNode, folder, name); }
std::string node_test(const std::string& folder, const std::string& name) { return filled(kTest, folder, name); }
std::string plugin_cmake(const std::string& name) { return filled(kCmake, name, name); }
std::string plugin_graph(const std::string& type) { return fmt::format(fmt::runtime(kGraph), fmt::arg("type", type)); }

std::string ablation(const std::string& base) {
  return fmt::format(
      "# What this graph changes, and why.\n"
      "extends = \"{}\"\n"
      "\n"
      "[graph]\n"
      "title = \"one change\"\n"
      "\n"
      "# [nodes.NAME]        a node given again is merged key by key\n"
      "# parameter = value\n"
      "\n"
      "# [sweep]             or many changes at once\n"
      "# \"NODE.PARAMETER\" = [1, 2, 3]\n",
      base);
}

std::vector<std::string> toy_study() { return {"io.toy_brains", "voxels.noise_ceiling", "analysis.brain_facts"}; }

std::string graph_of(const std::vector<std::string>& types, const registry::Catalogue& catalogue) {
  std::string text = "[graph]\ntitle = \"a new study\"\nseed  = 0\n";
  std::vector<Made> made;
  for (const auto& type : types) {
    const NodeSpec* spec = catalogue.node(type);
    if (!spec)
      throw Error("no plugin offers the node type '" + type + "'", catalogue.advice(type));
    const Made node{unique_name(type, made), spec};
    text += node_text(node, made);
    made.push_back(node);
  }
  return text;
}

}  // namespace bgraph::cli

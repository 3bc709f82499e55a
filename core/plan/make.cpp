// From graphs to steps: parameters made canonical, sources linked, equal work shared.
#include <bgraph/core/graph/order.h>
#include <bgraph/core/plan/order.h>
#include <bgraph/core/plan/plan.h>
#include <bgraph/sdk/contract/declared_ports.h>
#include <bgraph/sdk/contract/error.h>

#include <functional>
#include <limits>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace bgraph::plan {

namespace {

/// Steps that are the same work, whatever becomes of it: equal keys but for the inputs, and those from the same places. Work that
/// differs in operational parameters alone gives the same bytes: the first is done.
struct SameWork {
  const std::vector<Step>* steps;

  size_t operator()(size_t step) const {
    size_t hash = std::hash<std::string>()((*steps)[step].framed.after);
    for (const auto& [port, sources] : (*steps)[step].sources)
      for (const auto& source : sources) hash = hash * 31 + source.step;
    return hash;
  }
  bool operator()(size_t a, size_t b) const {
    return (*steps)[a].framed == (*steps)[b].framed && (*steps)[a].sources == (*steps)[b].sources;
  }
};

class Builder {
 public:
  Builder(const registry::Catalogue& catalogue, const store::Store& store, const Options& options)
      : catalogue_(catalogue), store_(store), options_(options) {}

  void add(NamedGraph named) {
    plan_.cells.push_back({std::move(named.cell), std::move(named.graph), {}});
    Cell& cell = plan_.cells.back();
    const std::vector<graph::Node>& nodes = cell.graph.nodes;
    const graph::Arrows arrows = graph::arrows_of(cell.graph);
    const auto order = graph::execution_order(nodes.size(), arrows);
    if (order.size() < nodes.size()) throw Error(cell.graph.file + ": nodes wait for each other");
    const auto wanted = demanded(cell.graph, arrows, options_.demand);
    plan_.steps.reserve(plan_.steps.size() + nodes.size());
    for (const size_t node : order)
      if (wanted[node]) add_step(cell, nodes[node]);
  }

  Plan finish() {
    name_steps();
    for (size_t step = 0; step < plan_.steps.size(); ++step) settle(plan_, step, store_, catalogue_);
    put_in_order(plan_);
    return std::move(plan_);
  }

 private:
  /// The step of a node whose sources have theirs: a new one, or that of the same work elsewhere.
  void add_step(Cell& cell, const graph::Node& node) {
    Step step = describe(cell.graph, node);
    for (const auto& [port, refs] : node.inputs)
      for (const auto& ref : refs) {
        const size_t source = cell.steps.at(ref.node);
        step.sources[port].push_back({source, port_of(source, ref)});
      }
    step.cell = plan_.cells.size() - 1;
    plan_.steps.push_back(std::move(step));
    const auto [first, is_new] = work_.insert(plan_.steps.size() - 1);
    if (!is_new) plan_.steps.pop_back();
    cell.steps[node.name] = *first;
  }

  /// One copy for all nodes of a type: it holds whole manuals.
  std::shared_ptr<const registry::NodeOffer> offer_of(const graph::Node& node) {
    auto& shared = offers_[node.type];
    if (!shared) {
      const registry::NodeOffer* offer = catalogue_.node_offer(node.type);
      if (offer == nullptr) throw Error("no plugin offers node type '" + node.type + "'", {}, node.place);
      shared = std::make_shared<const registry::NodeOffer>(*offer);
    }
    return shared;
  }

  Step describe(const graph::Graph& graph, const graph::Node& node) {
    Step step{.node = node.name, .offer = offer_of(node)};
    step.device = node.device.empty() ? options_.device : node.device;
    step.timeout_s = node.timeout_s;
    step.memory_mib = node.memory_mib > 0 ? node.memory_mib : graph.settings.memory_mib;
    step.ranks = node.ranks;
    step.threads = graph.settings.threads;
    Json given = Json::object();
    for (const auto& [name, param] : node.params) given[name] = param.value;
    try {
      const NodeSpec& spec = step.offer->spec;
      step.params = canonical_params(spec.params, given, "'" + node.name + "' (" + node.type + ")");
      step.recipe = {.type = node.type,
                     .build_id = step.offer->identity(),
                     .params = key_params(spec.params, step.params, store_.files()),
                     .draws = spec.draws,
                     .seed = graph.settings.seed,
                     .stream = node.stream.empty() ? node.type : node.stream,
                     .device = step.device,
                     .precision = node.precision.empty() ? options_.precision : node.precision};
      step.framed = framed(step.recipe);
      if (spec.declares_ports) {
        auto own = std::make_shared<registry::NodeOffer>(*step.offer);
        own->spec = with_declared_ports(spec, step.params.at(kTakes), step.params.at(kGives));
        step.offer = std::move(own);
      }
    } catch (const Error& error) {
      throw Error("node '" + node.name + "' (" + node.type + "): " + error.what(), error.fix(), node.place);
    }
    return step;
  }

  std::string port_of(size_t source, const graph::Ref& ref) const {
    if (!ref.port.empty()) return ref.port;
    const auto& outputs = plan_.steps[source].offer->spec.outputs;
    if (outputs.size() != 1)
      throw Error("'" + ref.node + "' has " + std::to_string(outputs.size()) + " outputs: name one", {},
                  ref.place);
    return outputs.front().name;
  }

  void name_steps() {
    std::unordered_map<std::string_view, size_t> bearers;  // node name -> its step, where all cells agree
    constexpr size_t kSeveral = std::numeric_limits<size_t>::max();
    for (const auto& cell : plan_.cells)
      for (const auto& [name, step] : cell.steps)
        if (const auto [bearer, is_new] = bearers.emplace(name, step); !is_new && bearer->second != step)
          bearer->second = kSeveral;
    for (const auto& cell : plan_.cells)
      for (const auto& [name, index] : cell.steps) {
        Step& step = plan_.steps[index];
        if (!step.name.empty()) continue;
        step.name = bearers.at(name) != kSeveral ? name : cell.name + "/" + name;
      }
  }

  const registry::Catalogue& catalogue_;
  const store::Store& store_;
  const Options& options_;
  Plan plan_;
  std::unordered_set<size_t, SameWork, SameWork> work_{0, SameWork{&plan_.steps}, SameWork{&plan_.steps}};
  std::unordered_map<std::string, std::shared_ptr<const registry::NodeOffer>> offers_;
};

}  // namespace

Plan make(std::vector<NamedGraph> graphs, const registry::Catalogue& catalogue, const store::Store& store,
          const Options& options) {
  Builder builder(catalogue, store, options);
  for (auto& graph : graphs) builder.add(std::move(graph));
  return builder.finish();
}

}  // namespace bgraph::plan

// A node: ports and parameters declared as data, one run().
//
//   class NoiseCeiling final : public Node {
//    public:
//     explicit NoiseCeiling(NoiseCeilingParams params) : params_(params) {}
//     In<Tensor> ncsnr{this, "ncsnr", {"V"}, at::kFloat, "signal sd / noise sd, unitless"};
//     Out<Tensor> ceiling{this, "ceiling", {"V"}, at::kFloat, "explainable variance, percent"};
//     void run(Context&) override { ... }
//   };
//   BGRAPH_NODE(NoiseCeiling, "voxels.noise_ceiling")     // parameters: NoiseCeilingParams
//
// Pure: outputs are a function of inputs, parameters and seed. All else comes from the context.
#pragma once

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/params.h>
#include <bgraph/sdk/plugin.h>
#include <bgraph/sdk/port.h>
#include <bgraph/sdk/values.h>

#include <memory>
#include <vector>

namespace bgraph {

class Node {
 public:
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual void run(Context& ctx) = 0;

  const std::vector<InputPort*>& inputs() const { return inputs_; }
  const std::vector<OutputPort*>& outputs() const { return outputs_; }

  /// Ports and traits as they enter the manifest (params, doc and source are added by the registration).
  NodeSpec spec() const;

 protected:
  Node();
  void draws_numbers() { draws_ = true; }                    // call in the constructor: uses ctx.rng
  void in_chunks_of(int64_t items) { map_chunk_ = items; }   // call in the constructor of a map node
  /// Call in the constructor: the most memory it needs, MiB, as an expression over number parameters, `items` (rows
  /// of the map input, or of a chunk) and `input_mib` (payload of all inputs): "300 + 0.5 * items + 2 * input_mib".
  void needs_memory(std::string mib) { memory_ = std::move(mib); }
  void graph_declares_ports() { declares_ports_ = true; }  // call in the constructor: see sdk/declared_ports.h

 private:
  friend class InputPort;
  friend class OutputPort;
  void add(InputPort* port) { inputs_.push_back(port); }
  void add(OutputPort* port) { outputs_.push_back(port); }

  std::vector<InputPort*> inputs_;
  std::vector<OutputPort*> outputs_;
  bool draws_ = false;
  int64_t map_chunk_ = 0;
  std::string memory_;
  bool declares_ports_ = false;
};

namespace detail {

template <class N, class Params>
struct NodeRegistration {
  NodeRegistration(const char* type, const char* source) {
    plugin_entries().nodes.push_back(
        {type, source,
         [](const Json& params, const std::string& owner) -> std::unique_ptr<Node> {
           return std::make_unique<N>(read_params<Params>(params, owner));
         },
         [] {
           NodeSpec spec = N(Params()).spec();
           spec.params = describe_params<Params>();
           return spec;
         }});
  }
};

}  // namespace detail

#define BGRAPH_NODE(Class, type) \
  static const ::bgraph::detail::NodeRegistration<Class, Class##Params> register_##Class(type, __FILE__);

}  // namespace bgraph

// Runs one node in a test, without store and worker:
//
//   testing::NodeRun run("voxels.noise_ceiling");
//   run.set("trials", 3).in("voxels", voxels).run();
//   const Tensor ceiling = run.out<Tensor>("ceiling");
//
// The plugin must be named in the test's bgraph_test(... PLUGINS ...).
#pragma once

#include <bgraph/sdk/host/host_context.h>
#include <bgraph/sdk/host/run_node.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bgraph::testing {

class NodeRun {
 public:
  explicit NodeRun(std::string type);
  ~NodeRun();
  NodeRun(NodeRun&&) noexcept;

  NodeRun& set(const std::string& param, Json value);
  NodeRun& seed(int64_t seed);
  NodeRun& chunk(int64_t begin, int64_t end);  // as the runtime cuts a map node
  /// Gives a value; again for the same port = the next of a list. The split label is part of the value.
  template <class T>
  NodeRun& in(const std::string& port, const T& value) {
    return give(port, value.to_value());
  }

  /// A value that a view among the inputs refers to.
  template <class T>
  NodeRun& knows(const T& value) {
    return keep(value.to_value());
  }

  /// Runs the node (again). Throws what the runtime would report.
  NodeRun& run();

  template <class T>
  T out(const std::string& port) const {
    return T::from_value(output(port));
  }
  const Value& output(const std::string& port) const;
  const std::vector<std::string>& warnings() const;
  /// The last point of each curve.
  const std::map<std::string, double>& metrics() const;

 private:
  NodeRun& give(const std::string& port, Value value);
  NodeRun& keep(Value value);
  struct State;
  std::unique_ptr<State> state_;
};

/// A component with fresh or given weights, built as `ctx.build` does: on this device (kMeta: names and shapes of a
/// network of any size) and in this precision.
template <class Interface>
std::shared_ptr<Interface> build_component(const Model& model, at::Device device = at::kCPU,
                                           at::ScalarType precision = at::kFloat);
/// A recipe as `ctx.recipe` makes it.
Model recipe(const std::string& component, const Json& params);

/// Manifests of every plugin the test was given.
std::vector<Manifest> manifests();

/// A folder of data outside the repository: environment variable, else the default beside the source tree.
/// Empty when it is not there; the test then warns and ends ("skipped").
std::filesystem::path data_folder();    // BGRAPH_DATA, default ../shared/data
std::filesystem::path golden_folder();  // BGRAPH_GOLDEN, default ../shared/golden

namespace detail {
std::shared_ptr<Component> build(const Model& model, std::string_view interface, at::Device device,
                                 at::ScalarType precision);
}
template <class Interface>
std::shared_ptr<Interface> build_component(const Model& model, at::Device device, at::ScalarType precision) {
  return std::static_pointer_cast<Interface>(detail::build(model, Interface::kInterface, device, precision));
}

}  // namespace bgraph::testing

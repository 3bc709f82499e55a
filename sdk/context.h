// What a running node may ask for: device, random numbers, progress, logging, checkpoints, components.
#pragma once

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/value.h>
#include <bgraph/sdk/values/model.h>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bgraph {

class Component;

/// State of an unfinished node, kept in the store until the node is published.
class Checkpoint {
 public:
  virtual ~Checkpoint();
  /// The last saved state, if there is one under the same numeric profile.
  virtual std::optional<Value> load() = 0;
  /// True when it is time to save: every `every_s` seconds, and at once after a stop was asked for.
  virtual bool due() = 0;
  virtual void save(const Value& state) = 0;
};

/// Thrown by Context::stop_if_cancelled(); the runtime reports the node as cancelled, not failed.
class Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("cancelled") {}
};

class Context {
 public:
  virtual ~Context();

  virtual at::Device device() const = 0;
  virtual at::ScalarType precision() const = 0;

  /// Counter-based numbers: the same (seed, stream, purpose, epoch, index) always gives the same.
  virtual Rng rng(std::string_view purpose, int64_t epoch = 0, int64_t index = 0) const = 0;

  /// Global number of the first row of the `each` inputs: add it to local indices given to rng().
  virtual int64_t first_item() const = 0;

  virtual void progress(int64_t done, int64_t total, const std::string& note = {}) = 0;
  virtual void log(const std::string& text) = 0;
  virtual void warn(const std::string& text) = 0;  // counted, and shown in the report
  /// A point of a curve; all curves of a node become its output table `curves`.
  virtual void metric(const std::string& name, int64_t step, double value) = 0;

  virtual bool cancelled() const = 0;
  void stop_if_cancelled() const {
    if (cancelled()) throw Cancelled();
  }
  virtual Checkpoint& checkpoint() = 0;
  virtual std::filesystem::path scratch() = 0;  // an empty folder, removed afterwards

  /// A value by digest: what a lazy view refers to.
  virtual std::shared_ptr<const Value> open(const Digest& digest) = 0;

  /// Digest of a file's content, which a worker hashes only if the file changed since it was last asked for.
  virtual Digest digest_of(const std::filesystem::path& file);

  /// A recipe for a component of this type: checks and completes the parameters and adds the build id of
  /// the plugin that offers it. Weights and parts are filled in by the caller.
  virtual Model recipe(const std::string& component, const Json& params) = 0;

  /// The component a model describes, with its weights loaded, in eval mode, on device().
  template <class Interface>
  std::shared_ptr<Interface> build(const Model& model) {
    return std::static_pointer_cast<Interface>(build_component(model, Interface::kInterface));
  }

 protected:
  virtual std::shared_ptr<Component> build_component(const Model& model, std::string_view interface) = 0;
};

}  // namespace bgraph

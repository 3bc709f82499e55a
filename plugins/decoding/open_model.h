// A model with its parts at hand, so that a node can train some of them and leave others as they are.
//
//   OpenModel backend(ctx, *model);
//   backend.freeze(Autoencoder::kInterface);           // such a part, wherever it stands
//   auto parameters = backend.parameters("backend.");  // of what is not frozen
//   backend.train(true);
//   backend.as<DiffusionBackend>().loss(...);
//   made = backend.model();                            // the recipe with the weights as they are now
#pragma once

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/context.h>
#include <bgraph/sdk/train/adam.h>

#include <map>
#include <memory>
#include <string>

namespace bgraph::decoding {

class OpenModel {
 public:
  OpenModel(Context& ctx, Model recipe);

  /// Error if the model is something else.
  template <class Interface>
  Interface& as() const {
    require(Interface::kInterface);
    return static_cast<Interface&>(*component_);
  }

  /// A part of this model, as open as the whole. Error if there is none in this role.
  const OpenModel& part(const std::string& role) const;
  const std::string& component() const { return recipe_.component; }

  /// Nothing in here wants gradients or leaves the evaluation mode any more.
  void freeze();
  /// The same for every part of this interface.
  void freeze(std::string_view interface);
  /// Into training mode and out of it.
  void train(bool on);

  /// What trains, as "prefix" + name; of parts as "prefix" + "role/" + name.
  NamedTensors parameters(const std::string& prefix) const;

  Model model() const;

 private:
  void require(std::string_view interface) const;

  Model recipe_;
  std::shared_ptr<Component> component_;
  std::map<std::string, OpenModel> parts_;
  bool frozen_ = false;
};

}  // namespace bgraph::decoding

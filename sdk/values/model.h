// Model: a component as a value: recipe (type, build id, parameters, nested parts), weights, training images.
#pragma once

#include <bgraph/sdk/value.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph {

struct Model {
  static constexpr const char* kType = "Model";

  std::string component;  // "decoding.bit"
  std::string build_id;   // of the plugin that offers it: a changed component is another recipe
  Json params = Json::object();
  std::map<std::string, at::Tensor> weights;
  std::map<std::string, Model> parts;  // nested components by role

  at::Tensor trained_on;           // [M] int64 image ids seen in training; empty = none
  std::string trained_space;       // their id space
  Json notes = Json::object();     // what a consumer must know: token layout, scale, input range, ...

  Value to_value() const;
  static Model from_value(const Value& value);
};

}  // namespace bgraph

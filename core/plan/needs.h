// The memory a node declares, as an expression the plan can answer without loading the plugin:
//
//   "300 + 0.5 * items + 2 * input_mib"        in MiB; + - * / and parentheses
//
//   names   number parameters by their own names, `items` (rows of the map input), `input_mib` (payload of all inputs)
#pragma once

#include <bgraph/core/plan/plan.h>

#include <optional>
#include <string>

namespace bgraph::plan {

/// What the names of an expression stand for; nothing where it is not known yet.
struct Needs {
  Json params = Json::object();
  std::optional<double> items, input_mib;
  store::InputSize input_size = {};  // has no name
};

/// From the headers of a step's inputs, which must be there. Of a map node that is split, `items` is one chunk's.
Needs needs_of(const Plan& plan, const Step& step, const store::Store& store);

/// The value of the expression, nothing if a name in it is not known yet.
/// Error naming the expression if it is malformed or names what can never be known.
std::optional<double> memory_mib(const std::string& expression, const Needs& needs);

}  // namespace bgraph::plan

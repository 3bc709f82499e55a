// Names of a checkpoint -> names of a component, as data: a table of prefixes.
//
//   { "model.diffusion_model." = "" }     what stands below it loses the prefix; all else is left in the file
//   { "module." = "", "fc." = "head." }   the longest prefix that fits decides
//   { "" = "features." }                  every name fits: a prefix is added
//
// An empty table changes nothing and leaves nothing out. A name in full is a prefix too, so one tensor can be
// renamed. Two names that become one are an Error.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/contract/manifest.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph {

struct Renamed {
  std::map<std::string, at::Tensor> tensors;  // under the component's names
  std::vector<std::string> ignored;           // told to be left out
  std::vector<std::string> outside;           // under no prefix of the table
};

/// Applies the table `prefixes` (text -> text). Names that fit a pattern of `ignore` ('*' stands for any
/// letters) are left out first.
Renamed renamed(const std::map<std::string, at::Tensor>& tensors, const Json& prefixes,
                const std::vector<std::string>& ignore);

}  // namespace bgraph

// What the calls in a PyTorch pickle mean: tensors are rebuilt as descriptions, containers as records.
//
//   torch._utils._rebuild_tensor, _v2, _v3, _rebuild_parameter, _rebuild_parameter_with_state,
//   torch._tensor._rebuild_from_type_v2                    -> tensor
//   OrderedDict, defaultdict, Counter, dict                -> table
//   torch.Size, list, tuple, set, frozenset, deque         -> list
//   copyreg._reconstructor                                 -> object
//   torch.device, numpy scalars, datetime, pathlib, ...    -> object, of no further use
//
// Every other call is refused by name. Names given as `inert` are read as objects too: nothing is called either way.
#pragma once

#include <bgraph/core/import/checkpoint.h>
#include <bgraph/core/import/pickle.h>

#include <deque>
#include <map>

namespace bgraph::import {

class Rebuild final : public Meaning {
 public:
  explicit Rebuild(const std::set<std::string>& inert) : inert_(inert) {}
  Record* call(Arena& arena, const Record& callable, const Record& arguments) override;
  Record* persistent(Arena& arena, const Record& id) override;

  /// Storages by key, as the pickle describes them. Error if it describes one in two ways.
  std::map<std::string, Storage> storages() const;

 private:
  Record* tensor(Arena& arena, const std::string& name, const Record& arguments);

  const std::set<std::string>& inert_;
  std::deque<Storage> storages_, retyped_;  // stable addresses; as described, and bytes given a dtype by a tensor
};

}  // namespace bgraph::import

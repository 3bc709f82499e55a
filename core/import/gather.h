// Tensors of a record with their names, as a state dictionary spells them: keys joined by '.'.
//
// A module (an object whose state has _parameters, _buffers or _modules) gives what its own state_dict() would:
// its parameters, its buffers but those it lists in _non_persistent_buffers_set, and its modules'. Tables and lists
// give every tensor in them, other objects those in their entries and attributes.
#pragma once

#include <bgraph/core/import/record.h>

#include <map>
#include <string>

namespace bgraph::import {

/// Name -> tensor record. Error for two tensors of one name, nesting without end, a name longer than names are.
std::map<std::string, const Record*> gather(const Record& value, Arena& arena);

}  // namespace bgraph::import

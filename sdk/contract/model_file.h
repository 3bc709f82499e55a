// Model files: a Model value as one safetensors file that carries its own recipe.
//
//   tensors      the weights by their own names; those of a nested part as "role/name"
//   __metadata__ "recipe": JSON {component, params, notes, trained_space, trained_on, parts}
//
// trained_on lists the training images as ranges [[first, last], ...], both ends included. The build id of the
// component's plugin stays out: the reader enters that of the plugin it finds.
// Written by `bgraph export`, read by io.load_model.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <cstdint>
#include <span>
#include <vector>

namespace bgraph {

inline constexpr char kRecipeMetadata[] = "recipe";

/// [[first, last], ...] of sorted, merged ids.
Json ranges_of(std::span<const int64_t> ids);

/// The ids of such ranges, ascending. Error if they are no pairs first <= last.
std::vector<int64_t> ids_in(const Json& ranges);

}  // namespace bgraph

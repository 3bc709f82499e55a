// A model file (sdk/contract/model_file.h) as a Model: its recipe checked against the component, its weights by name.
#pragma once

#include <bgraph/sdk/context.h>

#include <filesystem>

namespace bgraph {

/// The build id in the recipe is that of the component's plugin as it is now. The weights are not yet known to fit:
/// ctx.build() says so. Errors: no recipe in the metadata, an entry missing, weights no recipe has a
/// place for, a recipe that allows itself to run code.
Model model_from_file(Context& ctx, const std::filesystem::path& file);

}  // namespace bgraph

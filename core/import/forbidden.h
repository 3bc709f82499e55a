// Names a checkpoint has no business with: whoever names one of them wants something done on loading.
#pragma once

#include <string_view>

namespace bgraph::import {

/// Error for "os.system", "builtins.eval" and their like, whatever the pickle would do with them.
/// It is an alarm, not the wall: no name is ever looked up, and every call that is not known is refused.
void require_harmless(std::string_view name);

}  // namespace bgraph::import

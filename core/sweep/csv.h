// Values as cells of a comma-separated file.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <string>

namespace bgraph::sweep {

/// Text with a comma, a quote or a line break is quoted, null is empty.
std::string csv_cell(const Json& value);

}  // namespace bgraph::sweep

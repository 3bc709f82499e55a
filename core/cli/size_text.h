// Bytes for people, in the units that --max-size and --memory take: "2.0 KiB", "36.6 GiB".
#pragma once

#include <string>

namespace bgraph::cli {

std::string size_text(double bytes);

}  // namespace bgraph::cli

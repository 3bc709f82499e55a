// When and by what something was made.
#pragma once

#include <string>

namespace bgraph::run {

std::string utc_now();           // "2024-05-17T09:31:02Z"
std::string host_and_version();  // "host, bgraph 0.1"
std::string duration_text(double seconds);  // "0.4 s", "12 s", "3 min 20 s", "2 h 05 min"

}  // namespace bgraph::run

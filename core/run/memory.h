// Memory of this machine, as the schedule looks at it before it lets two nodes run together.
#pragma once

#include <string>

namespace bgraph::run {

/// An entry of /proc/meminfo, "MemAvailable", in MiB; 0 if it is not there.
double machine_mib(const std::string& entry);

/// What programs may still take: MemAvailable, or less where a control group (a container, a job) says so. 0 = unknown.
double available_mib();

}  // namespace bgraph::run

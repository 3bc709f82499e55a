// Memory of this machine: what the schedule looks at before it lets two nodes run together, and who was ended for want of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bgraph::run {

/// An entry of /proc/meminfo, "MemAvailable", in MiB; 0 if it is not there.
double machine_mib(const std::string& entry);

/// What programs may still take: MemAvailable, or less where a control group (a container, a job) says so. 0 = unknown.
double available_mib();

/// Processes of this machine that the kernel has ended for want of memory, its own or a control group's; nothing if it does not say.
std::optional<int64_t> ended_for_memory();

}  // namespace bgraph::run

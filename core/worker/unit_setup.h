// Where and in what a unit computes, as it names them.
#pragma once

#include <bgraph/sdk/contract/unit.h>
#include <bgraph/sdk/host/host_context.h>

namespace bgraph::worker {

/// The device; of several ranks each has the GPU of its number among those of its machine.
at::Device device_of(const Unit& unit);

/// Device, precision and random numbers. Error if the precision is none.
HostContext::Setup setup_of(const Unit& unit);

}  // namespace bgraph::worker

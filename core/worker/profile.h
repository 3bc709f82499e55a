// The numeric profile: everything outside a unit that can change the last bits of its result.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

namespace bgraph::worker {

/// Turns deterministic algorithms on and takes the thread count from OMP_NUM_THREADS, which control sets.
void set_up_numerics();

/// LibTorch version, threads, CPU kernels, BLAS library, CPU model, CUDA flavour.
Json numeric_profile(int ranks = 1);

}  // namespace bgraph::worker

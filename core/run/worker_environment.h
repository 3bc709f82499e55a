// The environment a worker starts with. Thread counts, waiting policy and CPU kernels are read while the
// libraries load, so only the parent can set them; together with the libraries they are the numeric profile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bgraph::run {

/// This process's environment ("NAME=value") with these changes:
///   OMP_WAIT_POLICY=PASSIVE      spinning threads would take the cores of the other workers
///   OMP_NUM_THREADS, OPENBLAS_NUM_THREADS, MKL_NUM_THREADS = threads
///   ATEN_CPU_CAPABILITY=avx512   where the CPU has it (LibTorch chooses avx2 by itself); else not set
///   OPENBLAS_CORETYPE            removed: the library's own choice is the best
std::vector<std::string> worker_environment(int64_t threads);

/// Words as the system takes them: pointers into them, and a null at the end.
std::vector<char*> words_of(const std::vector<std::string>& texts);

}  // namespace bgraph::run

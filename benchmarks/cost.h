// What a piece of work costs: wall-clock seconds, and the most memory the process has held so far.
#pragma once

#include <sys/resource.h>

#include <chrono>

namespace bgraph::benchmarks {

template <class Work>
double seconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double peak_gib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1 << 20);  // kB on Linux
}

}  // namespace bgraph::benchmarks

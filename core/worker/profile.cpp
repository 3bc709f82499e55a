#include <bgraph/core/worker/profile.h>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <bgraph_abi_note.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

namespace bgraph::worker {

namespace {

std::string cpu_model() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

/// "AVX512", "AVX2", ...: which of its CPU kernels this LibTorch uses.
std::string cpu_kernels() {
  const std::string text = at::show_config(), label = "CPU capability usage: ";
  const size_t start = text.find(label);
  if (start == std::string::npos) return "unknown";
  return text.substr(start + label.size(), text.find('\n', start) - start - label.size());
}

/// The file behind the matrix products: two libraries round differently, and one may be many times slower.
std::string blas_library() {
  std::set<std::string> mapped;
  std::ifstream in("/proc/self/maps");
  for (std::string line; std::getline(in, line);) mapped.insert(line.substr(line.find_last_of('/') + 1));
  for (const char* name : {"libmkl", "libopenblas", "libblis", "libblas"}) {  // libblas may stand for any of them
    const auto found = mapped.lower_bound(name);
    if (found != mapped.end() && found->starts_with(name)) return *found;
  }
  return "inside LibTorch";
}

}  // namespace

void set_up_numerics() {
  // OMP_NUM_THREADS: threads per worker, written by control from the graph's `threads`.
  const char* threads = std::getenv("OMP_NUM_THREADS");
  at::set_num_threads(threads ? std::max(1, std::atoi(threads)) : 1);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
}

Json numeric_profile(int ranks) {
  Json profile = {{"libtorch", TORCH_VERSION},
                  {"cuda", BGRAPH_CUDA_NAME},
                  {"threads", at::get_num_threads()},
                  {"kernels", cpu_kernels()},
                  {"blas", blas_library()},
                  {"cpu", cpu_model()}};
  if (ranks > 1) profile["ranks"] = ranks;  // sums in another order
  return profile;
}

}  // namespace bgraph::worker

#include <bgraph/core/run/worker_environment.h>
#include <unistd.h>

#include <fstream>
#include <set>

namespace bgraph::run {

namespace {

bool cpu_has_avx512() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("flags", 0) == 0) return (line + " ").find(" avx512f ") != std::string::npos;
  return false;
}

}  // namespace

std::vector<std::string> worker_environment(int64_t threads) {
  static const std::set<std::string> ours = {
      "OMP_WAIT_POLICY",     "OMP_NUM_THREADS",   "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
      "ATEN_CPU_CAPABILITY", "OPENBLAS_CORETYPE",
  };
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (ours.count(text.substr(0, text.find('='))) == 0) environment.push_back(text);
  }
  const std::string count = std::to_string(threads);
  environment.push_back("OMP_WAIT_POLICY=PASSIVE");
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"})
    environment.push_back(std::string(name) + "=" + count);
  if (cpu_has_avx512()) environment.push_back("ATEN_CPU_CAPABILITY=avx512");
  return environment;
}

std::vector<char*> words_of(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

}  // namespace bgraph::run

#include "number_in_name.h"

#include <string>

namespace bgraph::io {

int64_t number_in_name(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const size_t last = stem.find_last_of("0123456789");
  if (last == std::string::npos) return -1;
  const size_t before = stem.find_last_not_of("0123456789", last);
  const size_t first = before == std::string::npos ? 0 : before + 1;
  return last - first < 18 ? std::stoll(stem.substr(first, last + 1 - first)) : -1;
}

}  // namespace bgraph::io

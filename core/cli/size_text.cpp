#include <bgraph/core/cli/size_text.h>

#include <fmt/format.h>

namespace bgraph::cli {

std::string size_text(double bytes) {
  if (bytes < 1024) return fmt::format("{:.0f} B", bytes);
  for (const char* unit : {"KiB", "MiB", "GiB"})
    if ((bytes /= 1024) < 1024) return fmt::format("{:.1f} {}", bytes, unit);
  return fmt::format("{:.1f} TiB", bytes / 1024);
}

}  // namespace bgraph::cli

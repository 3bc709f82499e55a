#include <bgraph/core/run/stamp.h>

#include <bgraph/sdk/contract/version.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <ctime>

namespace bgraph::run {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string host_and_version() {
  char host[256] = "unknown host";
  ::gethostname(host, sizeof host - 1);
  return std::string(host) + ", bgraph " + kSdkVersion;
}

std::string duration_text(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace bgraph::run

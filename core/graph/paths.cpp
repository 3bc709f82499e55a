#include <bgraph/core/graph/paths.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <vector>

namespace bgraph::graph {

std::filesystem::path beside(const Place& place, const std::string& path) {
  if (place.line == 0) return std::filesystem::path(path).lexically_normal();
  return (std::filesystem::path(place.file).parent_path() / path).lexically_normal();
}

std::optional<std::string> with_data(std::string path, const std::filesystem::path& data) {
  constexpr std::string_view kData = "${data}";
  if (const size_t at = path.find(kData); at != std::string::npos) {
    if (data.empty()) return std::nullopt;
    path.replace(at, kData.size(), std::filesystem::absolute(data).string());
  }
  return path;
}

std::string did_you_mean_file(const std::filesystem::path& missing) {
  std::vector<std::string> neighbours;
  std::error_code unreadable;
  const auto folder = std::filesystem::absolute(missing).parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable))
    neighbours.push_back(entry.path().filename().string());
  std::sort(neighbours.begin(), neighbours.end());
  return did_you_mean(missing.filename().string(), neighbours);
}

}  // namespace bgraph::graph

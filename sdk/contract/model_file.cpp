#include <bgraph/sdk/contract/model_file.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>

namespace bgraph {

namespace {

constexpr int64_t kMostIds = int64_t{1} << 28;  // a damaged range must not fill the memory

bool is_pair(const Json& range) {
  return range.is_array() && range.size() == 2 && range[0].is_number_integer() && range[1].is_number_integer() &&
         range[0].get<int64_t>() <= range[1].get<int64_t>();
}

}  // namespace

Json ranges_of(std::span<const int64_t> ids) {
  std::vector<int64_t> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  Json ranges = Json::array();
  for (const int64_t id : sorted) {
    if (!ranges.empty() && id <= ranges.back()[1].get<int64_t>() + 1)
      ranges.back()[1] = id;
    else
      ranges.push_back({id, id});
  }
  return ranges;
}

std::vector<int64_t> ids_in(const Json& ranges) {
  std::vector<int64_t> ids;
  for (const auto& range : ranges) {
    if (!is_pair(range)) throw Error("trained_on holds " + range.dump() + ", expected [first, last]");
    const int64_t first = range[0], last = range[1];
    if (static_cast<uint64_t>(last) - static_cast<uint64_t>(first) >= static_cast<uint64_t>(kMostIds))
      throw Error("trained_on holds " + range.dump() + ", more images than can be");
    for (int64_t id = first; id <= last; ++id) ids.push_back(id);
  }
  return ids;
}

}  // namespace bgraph

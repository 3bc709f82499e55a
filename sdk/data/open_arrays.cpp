#include <bgraph/sdk/data/open_arrays.h>

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/data/wrong_file.h>

#include <algorithm>

namespace bgraph {

std::shared_ptr<const ArrayRows> OpenArrays::open(Context& ctx, const ArrayRef& ref) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(recent_.begin(), recent_.end(), [&](const Kept& kept) { return kept.ref == ref; });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
    return found->array;
  }
  if (ctx.digest_of(ref.path).hex() != ref.content)
    throw wrong_file(ref.path, "content", "what it was when the graph was run", "another",
                     "the file was changed or replaced; run the graph again");
  recent_.push_front({ref, std::make_shared<const ArrayRows>(ref)});
  ++opened_;
  const auto array = recent_.front().array;
  close_some();
  return array;
}

int64_t OpenArrays::opened() const {
  const std::lock_guard lock(mutex_);
  return opened_;
}

void OpenArrays::close_some() {
  int64_t files = 0, bytes = 0;
  for (auto kept = recent_.begin(); kept != recent_.end();) {
    const bool mapped = kept->array->only_mapped(), newest = kept == recent_.begin();
    if (!mapped) ++files, bytes += kept->array->cached_bytes();
    if (!mapped && !newest && (files > kMostFiles || bytes > kMostBytes)) kept = recent_.erase(kept);
    else ++kept;
  }
}

}  // namespace bgraph

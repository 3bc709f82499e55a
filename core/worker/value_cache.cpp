#include <bgraph/core/worker/value_cache.h>

namespace bgraph::worker {

std::shared_ptr<const Value> ValueCache::open(const store::Store& store, const Digest& digest) {
  recent_.remove(digest);
  recent_.push_front(digest);
  auto& value = values_[digest];
  if (!value) value = std::make_shared<const Value>(read_value(store.value_folder(digest)));
  const auto opened = value;
  while (recent_.size() > most_) {
    values_.erase(recent_.back());
    recent_.pop_back();
  }
  return opened;
}

}  // namespace bgraph::worker

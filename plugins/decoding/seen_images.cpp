#include "seen_images.h"

#include <ATen/ops/cat.h>

namespace bgraph::decoding {

SeenImages::SeenImages(const TrialSet& trials, const std::vector<Betas>& sources, std::vector<Images> images,
                       const std::string& port)
    : images_(std::move(images)) {
  std::vector<ImageSet> sets;
  for (const auto& set : images_) sets.push_back({set.image_id, set.id_space});
  places_ = image_places(trials, sources, sets, port);
}

at::Tensor SeenImages::pixels(const std::vector<int64_t>& which) const {
  std::vector<at::Tensor> rows;
  for (const int64_t trial : which) {
    const ImagePlace place = places_.at(static_cast<size_t>(trial));
    rows.push_back(images_[place.set].rows(place.row, place.row + 1).unit_range());
  }
  return at::cat(rows);
}

}  // namespace bgraph::decoding

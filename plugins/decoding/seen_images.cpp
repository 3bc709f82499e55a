#include "seen_images.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

namespace bgraph::decoding {

SeenImages::SeenImages(Context& ctx, const TrialSet& trials, const std::vector<Betas>& sources, std::vector<Images> images,
                       const std::string& port)
    : ctx_(&ctx), images_(std::move(images)) {
  std::vector<ImageSet> sets;
  for (const auto& set : images_) sets.push_back({set.image_id, set.id_space});
  places_ = image_places(trials, sources, sets, port);
}

at::Tensor SeenImages::pixels(const std::vector<int64_t>& which) const {
  std::vector<at::Tensor> rows(which.size());
  for (size_t set = 0; set < images_.size(); ++set) {
    std::vector<int64_t> own;
    std::vector<size_t> place;
    for (size_t i = 0; i < which.size(); ++i)
      if (const ImagePlace at = places_.at(static_cast<size_t>(which[i])); at.set == set) own.push_back(at.row), place.push_back(i);
    if (own.empty()) continue;
    const at::Tensor pixels = images_[set].unit_range(*ctx_, at::tensor(own, at::kLong));
    for (size_t i = 0; i < place.size(); ++i) rows[place[i]] = pixels[static_cast<int64_t>(i)];
  }
  return at::stack(rows);
}

}  // namespace bgraph::decoding

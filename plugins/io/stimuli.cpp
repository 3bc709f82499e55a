#include "stimuli.h"

#include <bgraph/sdk/data/pictures.h>
#include <bgraph/sdk/data/wrong_file.h>

namespace bgraph::io {

Stimuli::Stimuli(const std::string& path, const std::string& dataset) : path_(path), dataset_(dataset), data_(Hdf5File(path).dataset(dataset)) {
  const auto& shape = data_.shape();
  if (shape.size() != 4 || (shape[3] != 3 && shape[1] != 3)) throw wrong_file(path, "dataset '" + dataset + "'", "[N, H, W, 3] or [N, 3, H, W]", shape_text(shape));
}

ArrayRef Stimuli::reference() const { return {.path = path_, .content = {}, .dataset = dataset_, .code = data_.code(), .shape = data_.shape()}; }

at::Tensor Stimuli::pictures(std::span<const int64_t> number) const { return in_planes(data_.rows(number)); }

}  // namespace bgraph::io

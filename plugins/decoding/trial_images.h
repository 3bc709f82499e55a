// Where the image of each trial stands among sets of images, or of their features.
#pragma once

#include "trial_set.h"

#include <string>
#include <vector>

namespace bgraph::decoding {

struct ImageSet {
  at::Tensor image_id;  // [N]
  std::string id_space;
};

struct ImagePlace {
  size_t set = 0;
  int64_t row = 0;
};

/// One place per trial. `sets` has one entry per source of betas, or one for all; `port` names them in errors: another
/// number of entries, another id space, an image that is missing (named, with who saw it) or stands twice.
std::vector<ImagePlace> image_places(const TrialSet& trials, const std::vector<Betas>& betas,
                                     const std::vector<ImageSet>& sets, const std::string& port);

/// Ids of the images of all trials that share the first source's numbering, ascending, each once: [M].
at::Tensor trained_images(const TrialSet& trials, const std::vector<Betas>& sources);

}  // namespace bgraph::decoding

// The scores of a decoder's tokens on held-out trials, layer by layer, before and after calibration.
#pragma once

#include "calibration.h"
#include "predictor_fit.h"

#include <bgraph/sdk/values/table.h>

namespace bgraph::decoding {

/// Two-way identification by correlation at the same position among the images of these trials (chance 1/2), mean
/// correlation, norm of predicted over true tokens. Without trials the columns alone. `at_step` dates the curves.
Table decoder_scores(Context& ctx, const TokenDecoder& decoder, const std::vector<Calibration>& maps, const std::optional<HeldOut>& held_out,
                     int64_t batch, int64_t at_step);

}  // namespace bgraph::decoding

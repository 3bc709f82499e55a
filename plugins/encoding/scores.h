// The score table of encoders: how well predicted responses match measured ones, per subject.
#pragma once

#include <bgraph/sdk/data/voxel_scores.h>
#include <bgraph/sdk/values/table.h>

#include <ATen/core/Tensor.h>

namespace bgraph::encoding {

/// The columns of an encoder's score table, and one row of it.
Table score_table(const std::string& split);
void add_scores(Table& table, const std::string& subject, const at::Tensor& predicted, const at::Tensor& measured,
                const at::Tensor& ncsnr, double noise);

}  // namespace bgraph::encoding

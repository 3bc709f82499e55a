// Columns of a BData chosen by an expression over its table, as bdpy's `select` takes them.
//
//   ROI_V1 = 1 | ROI_V2 = 1          in either
//   ROI_V1 + ROI_V2 - ROI_FFA        a bare name means "= 1"; + is |, - takes away
//   ROI_* & VoxelData                '*' stands for any letters of a key: in any of those
//   t_value top 500 @ ROI_VC         the 500 largest inside a set (ties: the earlier column)
//
// `=` binds first, then | & + - alike and from the left, then @; parentheses change that. What the table does not say (NaN) equals
// nothing and is in no top. A key may hold a sign of the language: the longest known key is taken.
// Source: bdpy, BData.select.
#pragma once

#include "matrix.h"

namespace bgraph::io {

/// Numbers of the chosen columns, ascending. Error with the expression, the place and what is expected there.
at::Tensor selected_columns(const BData& data, const std::string& expression);

}  // namespace bgraph::io

// Constants that one node chose and others use: a table with a row 'chosen', a column per constant.
#pragma once

#include <bgraph/sdk/values/table.h>

#include <string>

namespace bgraph {

/// The number in column `name` of the row 'chosen'. Error naming both if it is not there.
double chosen_constant(const Table& choice, const std::string& name);

}  // namespace bgraph

// The one sentence for a foreign file that is not what it should be: file, item, expected, found, remedy.
#pragma once

#include <bgraph/sdk/contract/error.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bgraph {

/// "betas.mgh: number of frames is 0, expected at least 1". Bytes of a name that are no UTF-8 become '?'.
Error wrong_file(const std::filesystem::path& file, std::string_view item, std::string_view expected,
                 std::string_view found, std::string fix = {});

/// Text that can be printed and put into JSON: every byte that is not valid UTF-8 becomes '?'.
std::string printable(std::string_view text);

/// "[750, 163842]".
std::string shape_text(const std::vector<int64_t>& shape);

/// Product of the sizes. Error naming `item` for a negative size or a product beyond 2^62.
int64_t element_count(const std::vector<int64_t>& shape, const std::filesystem::path& file, std::string_view item);

}  // namespace bgraph

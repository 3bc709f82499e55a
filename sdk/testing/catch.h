// Catch2, whichever version the system has: version 3 in its one-header form, or version 2.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

using Catch::Approx;  // where version 2 has it
#else
#include <catch2/catch.hpp>

#include <string>

namespace Catch::Matchers {
inline auto ContainsSubstring(const std::string& text) { return Contains(text); }  // its name in 3
}  // namespace Catch::Matchers
#endif

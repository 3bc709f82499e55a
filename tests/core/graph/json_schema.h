// The part of JSON Schema draft 4 that our schema uses, read slowly: a twin of what editors do.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <string>

namespace bgraph {

/// "" if `value` is right by `schema`, else the path of the first thing that is not.
std::string schema_problem(const Json& value, const Json& schema, const Json& root, const std::string& path = "");

}  // namespace bgraph

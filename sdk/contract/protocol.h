// Protocols: what makes the rows of two tables comparable.
//
// A Table's `protocol` names everything its numbers depend on beside the method that is scored: definitions and their
// version, the list of images, repeats, networks. Rows of one protocol may be ranked and subtracted. Rows of different
// protocols may stand beside each other only with the difference as a footnote; they are never averaged or ranked.
// An empty protocol belongs to tables that are no scores (curves, facts): it is comparable with another empty one.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <string>
#include <vector>

namespace bgraph {

/// 12 hex digits of the SHA-256 of the canonical text; "" for an empty protocol.
std::string protocol_digest(const Json& protocol);

/// What they do not share: "judge: \"a\" / \"b\"; steps ssim size: 224 / 425" (each value once, in order of
/// appearance; "none" where one lacks the entry). "" if all are the same.
std::string protocol_difference(const std::vector<Json>& protocols);

/// The footnote of a table that holds rows of several protocols: why its rows are not ranked. "" for one protocol.
std::string protocol_footnote(const std::vector<Json>& protocols);

}  // namespace bgraph

// The zip archives PyTorch writes: members stored uncompressed, so that a member is a piece of the file.
//
// Only the central directory is believed, and only as far as the file bears it out: every member must lie between
// the start of the file and the directory, its local header must agree with its name, no two members may have one
// name. Compressed or encrypted members are refused: weights are stored. ZIP64 sizes are read.
//
// Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 (records), 4.5.3 (ZIP64).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace bgraph::import {

struct ZipMember {
  std::span<const std::byte> bytes;
  uint32_t crc = 0;
};

bool is_zip(std::span<const std::byte> file);

/// Members by name. Error saying what is wrong with the archive; `name` is used in errors only.
std::map<std::string, ZipMember> zip_members(std::span<const std::byte> file, const std::string& name);

/// Error if the bytes of a member are not those that were written.
void require_intact(const ZipMember& member, const std::string& name);

}  // namespace bgraph::import

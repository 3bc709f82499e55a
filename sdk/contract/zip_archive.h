// Zip archives as PyTorch (.pt) and NumPy (.npz) write them: every member as the piece of the file it is.
//
// Only the central directory is believed, and only as far as the file bears it out: every member must lie between
// the start of the file and the directory, its local header must agree with its name, no two members may have one
// name. Encrypted members are refused; compressed ones are handed out as they are. ZIP64 sizes are read.
//
// Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 (records), 4.5.3 (ZIP64).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace bgraph {

struct ZipMember {
  std::span<const std::byte> bytes;  // as they lie in the file
  uint64_t size = 0;                 // once unpacked
  uint32_t crc = 0;                  // of the unpacked bytes
  uint16_t method = 0;               // 0 stored, 8 deflated
};

bool is_zip(std::span<const std::byte> file);

/// Members by name. Error saying what is wrong with the archive; `name` is used in errors only.
std::map<std::string, ZipMember> zip_members(std::span<const std::byte> file, const std::string& name);

/// Error if a member is compressed, or its bytes are not those that were written.
void require_intact(const ZipMember& member, const std::string& name);

}  // namespace bgraph

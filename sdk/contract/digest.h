// SHA-256 of content: what names every value in the store and every key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace bgraph {

/// 256 bits. Printed as 64 hex digits; `brief()` is the first 12, for people.
struct Digest {
  std::array<uint8_t, 32> bytes{};

  std::string hex() const;
  std::string brief() const { return hex().substr(0, 12); }
  static Digest from_hex(std::string_view hex);  // Error if not 64 hex digits
  auto operator<=>(const Digest&) const = default;
};

/// Streaming SHA-256.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& add(std::span<const std::byte> bytes);
  Hasher& add(std::string_view text);
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Hashes fields so that no two different lists of fields feed the same bytes:
/// every field is written as tag, type, length, value (lengths are 64-bit little endian).
class FieldHasher {
 public:
  FieldHasher& text(std::string_view tag, std::string_view value);
  FieldHasher& integer(std::string_view tag, int64_t value);
  FieldHasher& digest(std::string_view tag, const Digest& value);
  FieldHasher& bytes(std::string_view tag, std::span<const std::byte> value);
  Digest finish() { return hasher_.finish(); }

 private:
  void field(std::string_view tag, char type, std::span<const std::byte> value);
  Hasher hasher_;
};

/// Digest of large content: SHA-256 over the SHA-256 of each 4 MiB block, so blocks can be checked apart.
inline constexpr size_t kBlockBytes = size_t{4} << 20;
Digest digest_blocks(std::span<const std::byte> content);

/// `digest_blocks` of a file, read once from front to back. Error if it cannot be read.
Digest digest_file(const std::filesystem::path& file);

}  // namespace bgraph

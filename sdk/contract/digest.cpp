#include <bgraph/sdk/contract/digest.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/field_bytes.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace bgraph {

std::string Digest::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(64, '0');
  for (size_t i = 0; i < 32; ++i) text[2 * i] = kDigits[bytes[i] >> 4], text[2 * i + 1] = kDigits[bytes[i] & 15];
  return text;
}

Digest Digest::from_hex(std::string_view hex) {
  const auto value = [&](char digit) -> int {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    throw Error("'" + std::string(hex) + "' is not a digest: expected 64 lower-case hex digits");
  };
  if (hex.size() != 64)
    throw Error("'" + std::string(hex) + "' is not a digest: expected 64 hex digits, found " +
                std::to_string(hex.size()));
  Digest digest;
  for (size_t i = 0; i < 32; ++i)
    digest.bytes[i] = static_cast<uint8_t>(value(hex[2 * i]) * 16 + value(hex[2 * i + 1]));
  return digest;
}

namespace {

/// Looked up once: OpenSSL otherwise searches its providers at every start.
const EVP_MD* sha256() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (method == nullptr) throw Error("SHA-256 is not available in this OpenSSL");
  return method;
}

}  // namespace

/// Small pieces are gathered: a call into OpenSSL costs more than hashing a few bytes.
struct Hasher::State {
  static thread_local std::unique_ptr<State> spare;  // of the last Hasher: a new context costs as much as hashing a key

  EVP_MD_CTX* context = EVP_MD_CTX_new();
  size_t gathered = 0;
  std::array<std::byte, 1024> pieces;
  ~State() { EVP_MD_CTX_free(context); }

  void flush() {
    EVP_DigestUpdate(context, pieces.data(), gathered);
    gathered = 0;
  }
};

thread_local std::unique_ptr<Hasher::State> Hasher::State::spare;

Hasher::Hasher() : state_(State::spare ? std::move(State::spare) : std::make_unique<State>()) {
  state_->gathered = 0;
  if (EVP_DigestInit_ex(state_->context, sha256(), nullptr) != 1)
    throw Error("SHA-256 is not available in this OpenSSL");
}

Hasher::~Hasher() { State::spare = std::move(state_); }

Hasher& Hasher::add(std::span<const std::byte> bytes) {
  if (bytes.size() > state_->pieces.size() - state_->gathered) state_->flush();
  if (bytes.size() > state_->pieces.size()) {
    EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
  } else {
    std::copy(bytes.begin(), bytes.end(), state_->pieces.begin() + static_cast<std::ptrdiff_t>(state_->gathered));
    state_->gathered += bytes.size();
  }
  return *this;
}

Hasher& Hasher::add(std::string_view text) {
  return add(std::as_bytes(std::span(text.data(), text.size())));
}

Digest Hasher::finish() {
  state_->flush();
  Digest digest;
  EVP_DigestFinal_ex(state_->context, digest.bytes.data(), nullptr);
  return digest;
}

void FieldHasher::field(std::string_view tag, char type, std::span<const std::byte> value) {
  std::string head;
  append_field_head(head, tag, type, value.size());
  hasher_.add(head).add(value);
}

FieldHasher& FieldHasher::text(std::string_view tag, std::string_view value) {
  field(tag, 's', std::as_bytes(std::span(value.data(), value.size())));
  return *this;
}

FieldHasher& FieldHasher::integer(std::string_view tag, int64_t value) {
  std::string whole;
  append_field(whole, tag, value);
  hasher_.add(whole);
  return *this;
}

FieldHasher& FieldHasher::digest(std::string_view tag, const Digest& value) {
  field(tag, 'd', std::as_bytes(std::span(value.bytes)));
  return *this;
}

FieldHasher& FieldHasher::bytes(std::string_view tag, std::span<const std::byte> value) {
  field(tag, 'b', value);
  return *this;
}

Digest digest_blocks(std::span<const std::byte> content) {
  Hasher whole;
  for (size_t at = 0; at < content.size(); at += kBlockBytes) {
    const Digest block =
        Hasher().add(content.subspan(at, std::min(kBlockBytes, content.size() - at))).finish();
    whole.add(std::as_bytes(std::span(block.bytes)));
  }
  return whole.finish();
}

Digest digest_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error("cannot read " + file.string() + ": " + std::strerror(errno));
  std::vector<char> block(kBlockBytes);
  Hasher whole;
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto got = static_cast<size_t>(in.gcount());
    if (in.bad()) throw Error("reading " + file.string() + " failed: " + std::strerror(errno));
    if (got == 0) break;
    const Digest digest = Hasher().add(std::string_view(block.data(), got)).finish();
    whole.add(std::as_bytes(std::span(digest.bytes)));
  }
  return whole.finish();
}

}  // namespace bgraph

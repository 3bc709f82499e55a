// A note without LibTorch, for plugins and a worker that only the registry's tests know.
#pragma once

#include <bgraph/sdk/contract/note.h>

#include <array>

namespace bgraph {

template <size_t N>
constexpr void put(char (&field)[N], const char* text) {
  for (size_t i = 0; i + 1 < N && text[i]; ++i) field[i] = text[i];
}

constexpr AbiNote fake_note(const char* name, const char* libtorch = "1.0") {
  AbiNote note{.size = sizeof(AbiNote), .version = kNoteVersion};
  put(note.sdk, "0.1");
  put(note.compiler, "gcc 12");
  put(note.libtorch, libtorch);
  put(note.plugin, name);
  return note;
}

struct FakeNoteSection {
  uint32_t name_size = 7, descriptor_size = sizeof(AbiNote), type = kNoteType;
  char name[8] = {'b', 'g', 'r', 'a', 'p', 'h', 0, 0};
  AbiNote note;
};

/// The bytes of a literal without its zero: what the build embeds.
template <size_t N>
constexpr std::array<char, N - 1> text_bytes(const char (&text)[N]) {
  std::array<char, N - 1> bytes{};
  for (size_t i = 0; i + 1 < N; ++i) bytes[i] = text[i];
  return bytes;
}

}  // namespace bgraph

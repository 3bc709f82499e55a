// The note of whatever is compiled with this header: a plugin, or the worker that compares against it.
#pragma once

#include <bgraph/sdk/contract/abi_note.h>
#include <bgraph/sdk/contract/version.h>
#include <bgraph_sdk_digest.h>  // generated: digest of the SDK headers
#include <torch/version.h>

#include <cstddef>

namespace bgraph {

#define BGRAPH_TEXT_(x) #x
#define BGRAPH_TEXT(x) BGRAPH_TEXT_(x)

template <size_t N>
constexpr void set_field(char (&field)[N], const char* text) {
  for (size_t i = 0; i + 1 < N && text[i]; ++i) field[i] = text[i];
}

constexpr AbiNote make_abi_note(const char* plugin, const char* plugin_version) {
  AbiNote note{};
  note.size = sizeof(AbiNote);
  note.version = kNoteVersion;
  set_field(note.sdk, kSdkVersion);
#if defined(__clang__)
  set_field(note.compiler, "clang " BGRAPH_TEXT(__clang_major__));
#else
  set_field(note.compiler, "gcc " BGRAPH_TEXT(__GNUC__));
#endif
  set_field(note.cxx_standard, BGRAPH_TEXT(__cplusplus));
#if _GLIBCXX_USE_CXX11_ABI
  set_field(note.string_abi, "cxx11");
#else
  set_field(note.string_abi, "old");
#endif
#if defined(_GLIBCXX_DEBUG)
  set_field(note.debug_mode, "debug");
#elif defined(_GLIBCXX_ASSERTIONS)
  set_field(note.debug_mode, "assertions");
#else
  set_field(note.debug_mode, "off");
#endif
  set_field(note.sanitizer, BGRAPH_SANITIZER_NAME);
  set_field(note.libtorch, TORCH_VERSION);
  set_field(note.cuda, BGRAPH_CUDA_NAME);
  set_field(note.sdk_headers, kSdkHeadersDigest);
  set_field(note.plugin, plugin);
  set_field(note.plugin_version, plugin_version);
  return note;
}

}  // namespace bgraph

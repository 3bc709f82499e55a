// JSON written as text at once, without a tree of it in between: for what is sent all the time.
//
//   std::string text;
//   JsonMembers(text).add("node", unit.node).add("seed", unit.seed).end();        {"node":"clusters","seed":0}
//
// Bytes that are not UTF-8 are replaced: what is sent is always JSON.
#pragma once

#include <bgraph/sdk/contract/digest.h>
#include <bgraph/sdk/contract/manifest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bgraph {

/// Letters that JSON writes as they are.
inline constexpr auto kPlainLetters = [] {
  std::array<bool, 256> plain{};
  for (size_t letter = ' '; letter < 127; ++letter) plain[letter] = letter != '"' && letter != '\\';
  return plain;
}();

/// True if JSON writes this text as it stands, between quotes.
inline bool is_plain(std::string_view text) {
  bool plain = true;
  for (const char letter : text) plain = plain & kPlainLetters[static_cast<unsigned char>(letter)];
  return plain;
}

inline void append_json(std::string& text, const Json& value) {
  text += value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

inline void append_json(std::string& text, const std::string& value) {
  if (is_plain(value))
    text.append(1, '"').append(value).append(1, '"');
  else
    append_json(text, Json(value));
}

inline void append_json(std::string& text, int64_t number) { text += std::to_string(number); }

inline void append_json(std::string& text, const Digest& digest) { append_json(text, digest.hex()); }

template <class Value>
void append_json(std::string& text, const std::map<std::string, Value>& members);

template <class Value>
void append_json(std::string& text, const std::vector<Value>& values) {
  text += '[';
  for (const auto& value : values) {
    if (text.back() != '[') text += ',';
    append_json(text, value);
  }
  text += ']';
}

/// The members of an object, one after the other.
class JsonMembers {
 public:
  explicit JsonMembers(std::string& text) : text_(text) { text_ += '{'; }

  template <class Value>
  JsonMembers& add(const std::string& name, const Value& value) {
    if (text_.back() != '{') text_ += ',';
    append_json(text_, name);
    text_ += ':';
    append_json(text_, value);
    return *this;
  }
  void end() { text_ += '}'; }

 private:
  std::string& text_;
};

template <class Value>
void append_json(std::string& text, const std::map<std::string, Value>& members) {
  JsonMembers object(text);
  for (const auto& [name, value] : members) object.add(name, value);
  object.end();
}

}  // namespace bgraph
